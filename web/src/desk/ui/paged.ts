import { useCallback, useEffect, useRef, useState } from "react";
import { session } from "../session";

export interface PageOf<Row> {
  nodes: Row[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

export interface Paged<Row> {
  /** Rows by the pages they were asked for in. */
  pages: Row[][];
  hasMore: boolean;
  error?: unknown;
  more: () => void;
}

/**
 * The rows of a connection, a page at a time, the first at once. `ask` is of one list, and is to be the
 * same function while it is; nothing from the hub is an empty page.
 */
export function usePaged<Row>(ask: (after: string | null) => Promise<PageOf<Row> | undefined>): Paged<Row> {
  const [told, setTold] = useState<Omit<Paged<Row>, "more">>({ pages: [], hasMore: true });
  const place = useRef<{ after: string | null; isAsking: boolean }>({ after: null, isAsking: false });
  const more = useCallback(() => {
    const here = place.current;
    if (here.isAsking) return;
    here.isAsking = true;
    const isHere = () => place.current === here;
    ask(here.after)
      .then(
        (page) => {
          here.after = page?.pageInfo.endCursor ?? null;
          const next = page?.nodes ?? [];
          const hasMore = page?.pageInfo.hasNextPage ?? false;
          if (isHere()) setTold(({ pages }) => ({ pages: [...pages, next], hasMore }));
        },
        (error: unknown) => {
          session.heed(error);
          if (isHere()) setTold((before) => ({ ...before, error }));
        },
      )
      .finally(() => {
        here.isAsking = false;
      });
  }, [ask]);
  useEffect(() => {
    place.current = { after: null, isAsking: false };
    setTold({ pages: [], hasMore: true });
    more();
  }, [more]);
  return { ...told, more };
}

/** A mark at the end of a list that asks for more when it is about to be seen. */
export function useEnd({ hasMore, more, pages }: Paged<unknown>) {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!end.current || !hasMore) return;
    // A busy browser tells of several crossings at once.
    const look = (crossings: IntersectionObserverEntry[]) => {
      if (crossings.some(({ isIntersecting }) => isIntersecting)) more();
    };
    const watching = new IntersectionObserver(look, { rootMargin: "800px" });
    watching.observe(end.current);
    return () => watching.disconnect();
  }, [hasMore, more, pages.length]);
  return end;
}
