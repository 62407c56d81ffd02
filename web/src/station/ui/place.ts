/** Where the device is, no finer than it has to be known: to 0.001°, which is about 100 m. */
export interface Place {
  /** Degrees north. */
  north: number;
  /** Degrees east. */
  east: number;
  /** How far off it may be, in metres. */
  within: number;
}

/** Degrees are rounded to this, and what they may be off by is told as no less: 100 m. */
const ROUNDED = 1_000;
const LEAST = 100;

export type PlaceFault = "denied" | "unknown";

export function rounded({ latitude, longitude, accuracy }: GeolocationCoordinates): Place {
  return {
    north: Math.round(latitude * ROUNDED) / ROUNDED,
    east: Math.round(longitude * ROUNDED) / ROUNDED,
    within: Math.max(Math.ceil(accuracy / LEAST) * LEAST, LEAST),
  };
}

/** Asks the device once. Without a signal that takes a while: 30 s at most, and no older place than a minute. */
export function here(): Promise<Place> {
  const how = { enableHighAccuracy: true, timeout: 30_000, maximumAge: 60_000 };
  return new Promise((found, failed) => {
    const fail = ({ code }: { code: number }) => failed(code === 1 ? "denied" : "unknown");
    if (!navigator.geolocation) return fail({ code: 2 });
    navigator.geolocation.getCurrentPosition(({ coords }) => found(rounded(coords)), fail, how);
  });
}
