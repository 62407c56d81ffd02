import { useEffect, useState } from "react";
import { session } from "../session";

export interface Each<Row> {
  /** What was found so far. */
  rows: Row[];
  isAsking: boolean;
  fault?: unknown;
}

/** What is found of each of a few places, asked one after the other. `find` is to be the same function. */
export function useEach<Place, Row>(places: readonly Place[], find: (place: Place) => Promise<Row[]>): Each<Row> {
  const [told, setTold] = useState<Each<Row>>({ rows: [], isAsking: true });
  useEffect(() => {
    let isWanted = true;
    async function look() {
      for (const place of places) {
        const found = await find(place);
        if (!isWanted) return;
        setTold(({ rows }) => ({ rows: [...rows, ...found], isAsking: true }));
      }
      setTold(({ rows }) => ({ rows, isAsking: false }));
    }
    setTold({ rows: [], isAsking: true });
    look().catch((fault: unknown) => {
      session.heed(fault);
      if (isWanted) setTold(({ rows }) => ({ rows, isAsking: false, fault }));
    });
    return () => {
      isWanted = false;
    };
  }, [places, find]);
  return told;
}
