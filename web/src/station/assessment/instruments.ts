import { useEffect, useState } from "react";
import type { Instrument } from "./instrument";

let loaded: Instrument[] | undefined;

async function load(): Promise<Instrument[]> {
  const { instruments } = await import("../../../instruments.json");
  loaded = instruments as unknown as Instrument[];
  return loaded;
}

/** The instruments; none until they are loaded, which is done only where somebody is assessed. */
export function useInstruments(): Instrument[] {
  const [instruments, setInstruments] = useState(loaded ?? []);
  useEffect(() => {
    let wanted = true;
    load().then((all) => wanted && setInstruments(all), () => {});
    return () => {
      wanted = false;
    };
  }, []);
  return instruments;
}

/** The newest version of each. */
export function newestOf(instruments: Instrument[]): Instrument[] {
  const byCode = new Map(instruments.map((one) => [one.code, one]));
  return [...byCode.values()];
}
