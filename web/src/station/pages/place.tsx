import { useRef, useState } from "react";
import { t } from "../i18n";
import { here, type PlaceFault } from "../ui/place";
import { TextField } from "../../shared/ui/fields";
import { Notice } from "../../shared/ui/parts";

interface Part {
  value: string;
  change: (place: string) => void;
  fault: string | undefined;
}

/** Where a visit was: typed, or where the device is once somebody has said yes to that. */
export function PlaceField({ value, change, fault }: Part) {
  // The device may take a while, in which more is typed.
  const now = useRef({ value, change });
  now.current = { value, change };
  const fill = (place: string) => now.current.change([now.current.value.trim(), place].filter(Boolean).join(" "));
  return (
    <div className="field">
      <TextField label={t("visit.place")} optional value={value} change={change} fault={fault} />
      <Here fill={fill} />
    </div>
  );
}

type Step = "offered" | "asked" | "sought" | PlaceFault;

function Here({ fill }: { fill: (place: string) => void }) {
  const [step, setStep] = useState<Step>("offered");

  async function seek() {
    setStep("sought");
    try {
      const { north, east, within } = await here();
      fill(t("place.words", { north: north.toFixed(3), east: east.toFixed(3), within }));
      setStep("offered");
    } catch (fault) {
      setStep(fault as PlaceFault);
    }
  }

  if (step === "asked") {
    return (
      <div className="panel">
        <p>{t("place.ask")}</p>
        <div className="actions">
          <button type="button" className="button" onClick={() => void seek()}>
            {t("place.yes")}
          </button>
          <button type="button" className="button plain" onClick={() => setStep("offered")}>
            {t("place.no")}
          </button>
        </div>
      </div>
    );
  }
  return (
    <>
      {(step === "denied" || step === "unknown") && <Notice kind="caution">{t(`place.${step}`)}</Notice>}
      <p>
        <button type="button" className="button" disabled={step === "sought"} onClick={() => setStep("asked")}>
          {t(step === "sought" ? "place.seeking" : "place.offer")}
        </button>
      </p>
    </>
  );
}
