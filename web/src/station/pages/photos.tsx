import { type ChangeEvent, useEffect, useRef, useState } from "react";
import { photosOf } from "../forms/form";
import type { Photo } from "../forms/visit";
import { t } from "../i18n";
import type { Live } from "../live";
import type { Draft } from "../outbox/item";
import { NoPicture, photoOf, shrunk, within } from "../photos/shrink";
import { Notice } from "../../shared/ui/parts";

/** The most photos of a visit. */
const MOST = 10;
/** Longest side of a photo as it is shown, in pixels. */
const SHOWN = 240;

interface Part {
  live: Live;
  draft: Draft;
  fault: string | undefined;
}

/** The photos of a visit: taken or chosen, made small, and kept on the device until they are handed in. */
export default function Photos({ live, draft, fault }: Part) {
  const [faults, setFaults] = useState<string[]>([]);
  const photos = photosOf(draft.form);

  async function take(event: ChangeEvent<HTMLInputElement>) {
    const input = event.target;
    const files = [...(input.files ?? [])];
    setFaults([]);
    live.taking.set(live.taking.get() + 1);
    try {
      setFaults(await added(live, draft.id, files));
    } finally {
      live.taking.set(live.taking.get() - 1);
      // The same one chosen once more is a change again.
      input.value = "";
    }
  }

  const remove = (photo: Photo) => {
    if (confirm(t("photo.removeAsk"))) void live.removePhoto(draft.id, photo);
  };
  return (
    <fieldset className="field" aria-describedby="photos-hint">
      <legend>
        {t("photo.title")}
        <span className="optional">{t("common.optional")}</span>
      </legend>
      {photos.length > 0 && (
        <ul className="photos">
          {photos.map((photo, i) => (
            <li key={photo.id}>
              <Picture live={live} photo={photo} label={t("photo.label", { n: i + 1, count: photos.length })} />
              <button type="button" className="button plain" onClick={() => remove(photo)}>
                {t("photo.remove", { n: i + 1 })}
              </button>
            </li>
          ))}
        </ul>
      )}
      {[...new Set([fault, ...faults])].map((sentence) => sentence && <Notice key={sentence} kind="alert">{sentence}</Notice>)}
      <div className="actions">
        <label className="button file">
          {t("photo.take")}
          <input type="file" accept="image/*" capture="environment" onChange={(event) => void take(event)} />
        </label>
        <label className="button file">
          {t("photo.choose")}
          <input type="file" accept="image/*" multiple onChange={(event) => void take(event)} />
        </label>
      </div>
      <p id="photos-hint" className="small muted">
        {t("photo.hint")}
      </p>
    </fieldset>
  );
}

/** Keeps each file that is a picture; gives back what is to be said of the others. */
async function added(live: Live, id: string, files: File[]): Promise<string[]> {
  const faults: string[] = [];
  for (const file of files) {
    const draft = live.drafts.get().find((other) => other.id === id);
    if (!draft) break;
    const photos = photosOf(draft.form);
    if (photos.length >= MOST) return [...faults, t("photo.tooMany", { most: MOST })];
    try {
      const bytes = await shrunk(file);
      const photo = await photoOf(bytes);
      const isKnown = photos.some(({ sha256 }) => sha256 === photo.sha256);
      if (!isKnown) await live.addPhoto(id, photo, bytes);
    } catch (error) {
      if (!(error instanceof NoPicture)) throw error;
      faults.push(t("photo.none", { name: file.name }));
    }
  }
  return faults;
}

/** A photo in small. It is drawn, since the page shows no picture that did not come from the hub. */
function Picture({ live, photo, label }: { live: Live; photo: Photo; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const draw = async () => {
      const bytes = await live.photo(photo);
      if (!bytes) return;
      const picture = await createImageBitmap(new Blob([bytes]));
      const paper = canvas.current;
      if (paper) {
        Object.assign(paper, within(picture, SHOWN));
        paper.getContext("2d")?.drawImage(picture, 0, 0, paper.width, paper.height);
      }
      picture.close();
    };
    draw().catch(() => {});
  }, [live, photo]);
  return <canvas ref={canvas} role="img" aria-label={label} width={0} height={0} />;
}
