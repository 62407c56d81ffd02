import { useState } from "react";
import { t } from "../i18n";

interface Photo {
  id: string;
  path: string;
}

/** Photos of a visit. None is fetched before somebody asks for them, since who looked is in the trail. */
export function Photos({ day, photos }: { day: string; photos: readonly Photo[] }) {
  const [isOpen, setOpen] = useState(false);
  const [large, setLarge] = useState<string>();
  if (photos.length === 0) return null;
  if (!isOpen) {
    return (
      <p>
        <button type="button" className="button" onClick={() => setOpen(true)}>
          {t("photos.look", { count: photos.length })}
        </button>
      </p>
    );
  }
  return (
    <div className="photos">
      {photos.map(({ id, path }, i) => (
        // The same picture grows: to fetch it once more would be a second look in the trail.
        <button
          type="button"
          className={large === id ? "photo large" : "photo"}
          aria-expanded={large === id}
          key={id}
          onClick={() => setLarge(large === id ? undefined : id)}
        >
          <img src={path} alt={t("photos.one", { day, number: i + 1, count: photos.length })} />
        </button>
      ))}
    </div>
  );
}
