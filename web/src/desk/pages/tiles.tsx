import { Link } from "wouter";
import { placed, shadeOf } from "../tiles";

export interface Tile {
  code: string;
  name: string;
  /** As it stands on the tile. */
  figure: string;
  /** What the shade is of, as a part of the most there may be. */
  value: number | null;
  /** Where what it counts is listed. */
  to?: string;
  /** What a link leads to, for those who do not see where it stands. */
  label?: string;
}

/** A city as tiles, each with its figure; those of which nobody knows where they lie stand below. */
export function TileMap({ label, tiles, most }: { label: string; tiles: Tile[]; most: number }) {
  const { rows, beside } = placed(tiles.map(({ code }) => code));
  const byCode = new Map(tiles.map((tile) => [tile.code, tile]));
  return (
    <div className="tile-map" role="group" aria-label={label}>
      {[...rows, ...(beside.length > 0 ? [beside] : [])].map((row, at) => (
        <div className={at < rows.length ? "tile-row" : "tile-row beside"} key={at}>
          {row.map((code, i) => {
            const tile = byCode.get(code);
            return tile ? <TileOf tile={tile} most={most} key={code} /> : <span className="tile none" key={i} />;
          })}
        </div>
      ))}
    </div>
  );
}

function TileOf({ tile: { name, figure, value, to, label }, most }: { tile: Tile; most: number }) {
  const shade = `tile shade-${shadeOf(value, most)}`;
  const told = (
    <>
      <span>{name}</span> <strong>{figure}</strong>
    </>
  );
  if (!to) return <span className={shade}>{told}</span>;
  return (
    <Link className={shade} href={to} aria-label={label}>
      {told}
    </Link>
  );
}
