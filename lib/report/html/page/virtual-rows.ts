// Tells which rows of a long list can be seen, by TanStack's virtualiser.
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';

/** A row that can be seen, and where it is. */
export interface VisibleRow {
  index: number;
  start: number;
}

const OVERSCAN = 8;
const FIRST_GUESS_PX = 74;

/**
 * Follows the scrolling of an element.
 * @param count how many rows there are; they are as high as `--row-height` of the element says, in pixels
 */
export function useVirtualRows(
  scroller: RefObject<HTMLDivElement | null>,
  count: number,
): { items: VisibleRow[]; wholeHeight: number } {
  const [, refresh] = useReducer((changes: number, _: undefined) => changes + 1, 0);
  const rowHeight = useRef(FIRST_GUESS_PX);
  const virtualizer = useRef<Virtualizer<HTMLDivElement, HTMLDivElement> | null>(null);
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight.current,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    overscan: OVERSCAN,
    onChange: () => refresh(undefined),
  };
  virtualizer.current ??= new Virtualizer(options);
  const current = virtualizer.current;
  current.setOptions(options);
  useLayoutEffect(() => current._didMount(), [current]);
  useLayoutEffect(() => current._willUpdate());
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => {
      const height = Number.parseFloat(getComputedStyle(element).getPropertyValue('--row-height'));
      if (!(height > 0) || height === rowHeight.current) return;
      rowHeight.current = height;
      current.measure();
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, current]);
  return { items: current.getVirtualItems(), wholeHeight: current.getTotalSize() };
}
