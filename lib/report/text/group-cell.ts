// Writes what a row of a table stands for: its owner, with where the memory was allocated if that is elsewhere, or
// another key with the owner that has most of it.
import type { Grouping } from '../../analysis/group';
import type { Place } from '../../analysis/owner';
import type { Owner } from '../../dump/format';
import { formatCount } from './figures';
import { type PlaceStyle, placeLines, relativeTo, shortenPath } from './place-text';
import { cutEnd, safeText } from './safe-text';

/** What rows of both tables have. */
export interface GroupRow {
  key: string;
  owner: Owner | null;
  allocatedAt: Place | null;
  causedBy: Place | null;
}

/** Headers of the column, by what is grouped by. */
export const GROUP_HEADERS: Record<Grouping, string> = {
  owner: 'owner',
  site: 'allocated at',
  package: 'package',
  file: 'file',
  cause: 'caused by',
  label: 'label',
  kind: 'kind',
  thread: 'thread',
};

/** Counts groups in words: `1 owner`, `3 owners`. */
export function countGroups(count: number, by: Grouping, more = ''): string {
  return `${formatCount(count)} ${more}${by}${count === 1 ? '' : 's'}`;
}

/** Whether the rows of a grouping have one owner each, so that it can be said how that was found. */
export function hasOneOwner(by: Grouping): boolean {
  return by === 'owner' || by === 'site';
}

/** Says how the owner of a row was found. */
export function viaText({ owner }: GroupRow): string {
  return owner?.via ?? 'none';
}

/** Writes the last cell of a row. */
export function groupLines(row: GroupRow, by: Grouping, width: number, style: PlaceStyle): string[] {
  const { owner, allocatedAt, causedBy, key } = row;
  const titleOf = (place: Place | null, otherwise: string) =>
    place ? placeLines(place, width, style) : [cutEnd(safeText(otherwise), width)];
  const detail = (lead: string, place: Place | null) =>
    place ? placeLines(place, width - 2, style, lead).map((line) => `  ${line}`) : [];

  switch (by) {
    case 'owner': {
      const isBare = allocatedAt === null && key === '(no owner)';
      const title = titleOf(owner, isBare ? `${key}: no JavaScript on the stack` : key);
      const elsewhere = owner?.via !== 'stack' && !isSamePlace(owner, allocatedAt);
      return elsewhere ? [...title, ...detail('allocated at', allocatedAt)] : title;
    }
    case 'site': {
      const title = titleOf(allocatedAt, '(no JavaScript on the stack)');
      const lead = owner?.via === 'cause' ? 'caused by' : 'owner';
      return isSamePlace(owner, allocatedAt) ? title : [...title, ...detail(lead, owner)];
    }
    case 'cause':
      return [...titleOf(causedBy, key), ...detail('mostly allocated at', allocatedAt)];
    default: {
      const title =
        by === 'file' ? shortenPath(relativeTo(style.cwd, key), width) : cutEnd(safeText(key), width);
      return [style.colors.bold(title), ...detail('mostly', owner)];
    }
  }
}

function isSamePlace(a: Place | null, b: Place | null): boolean {
  return a?.file === b?.file && a?.line === b?.line && a?.column === b?.column;
}
