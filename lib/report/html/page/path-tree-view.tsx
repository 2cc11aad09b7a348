// Retaining paths as a tree that opens and closes. Steps that lead to one step only stand on one line with it.
import { useMemo } from 'preact/hooks';
import { formatBytes, formatCount, formatShare } from '../../text/figures';
import type { ReportTables } from '../report-data';
import { stepName } from './items';
import { placeOf } from './names';
import { buildPathTree, type PathNode } from './path-tree';

interface PathTreeProps {
  tables: ReportTables;
  /** Sites whose memory counts; null for all. */
  chosen: ReadonlySet<number> | null;
}

/** More branches than this of one step are summed up. */
const MOST_BRANCHES = 50;
/** Branches with less than this share are put away, if they are several. */
const SMALL_SHARE = 0.001;
/** A branch with this share is open from the start. */
const OPEN_SHARE = 0.3;

export function PathTree({ tables, chosen }: PathTreeProps) {
  const roots = useMemo(() => buildPathTree(tables, chosen), [tables, chosen]);
  const whole = sumOf(roots);
  if (roots.length === 0) return <p class="empty">No path to this memory was found.</p>;
  return <Branches tables={tables} nodes={roots} whole={whole} />;
}

function Branches({ tables, nodes, whole }: { tables: ReportTables; nodes: PathNode[]; whole: number }) {
  const firstSmall = nodes.findIndex(({ bytes }) => bytes < whole * SMALL_SHARE);
  const putAway = firstSmall > 0 && nodes.length - firstSmall > 1 ? nodes.slice(firstSmall) : [];
  const shown = nodes.slice(0, nodes.length - putAway.length);
  const list = (some: PathNode[]) =>
    some.map((node) => <Branch key={node.step} tables={tables} node={node} whole={whole} />);
  return (
    <ul class="paths">
      {list(shown.slice(0, MOST_BRANCHES))}
      <Rest nodes={shown.slice(MOST_BRANCHES)} />
      {putAway.length > 0 && (
        <li>
          <details>
            <summary>
              <span class="figures">
                <b>{formatBytes(sumOf(putAway))}</b>
                <span>{formatShare(sumOf(putAway) / whole)}</span>
              </span>
              <span class="more">{formatCount(putAway.length)} that hold less than 0.1 % each</span>
            </summary>
            <ul class="paths">
              {list(putAway.slice(0, MOST_BRANCHES))}
              <Rest nodes={putAway.slice(MOST_BRANCHES)} />
            </ul>
          </details>
        </li>
      )}
    </ul>
  );
}

/** Those that are too many to be listed. */
function Rest({ nodes }: { nodes: PathNode[] }) {
  if (nodes.length === 0) return null;
  return (
    <li class="more">
      and {formatCount(nodes.length)} more: {formatBytes(sumOf(nodes))}
    </li>
  );
}

function sumOf(nodes: readonly PathNode[]): number {
  return nodes.reduce((sum, { bytes }) => sum + bytes, 0);
}

function Branch({ tables, node, whole }: { tables: ReportTables; node: PathNode; whole: number }) {
  const line = [node];
  let end = node;
  for (let only = end.children[0]; only && end.children.length === 1; only = end.children[0]) {
    line.push(only);
    end = only;
  }
  const where = line.flatMap(({ step }) => {
    const frame = tables.steps.where[step] ?? -1;
    return frame < 0 ? [] : [placeOf(tables, frame)];
  });
  const words = (
    <>
      <span class="figures">
        <b>{formatBytes(node.bytes)}</b>
        <span>{formatShare(whole === 0 ? 0 : node.bytes / whole)}</span>
      </span>
      <span class="steps">
        {line.map(({ step }, index) => (
          <span key={step}>
            {index > 0 && <span class="arrow"> › </span>}
            <code>{stepName(tables, step)}</code>
          </span>
        ))}
        {where.length > 0 && <span class="place"> {[...new Set(where)].join(', ')}</span>}
      </span>
    </>
  );
  if (end.children.length === 0) return <li class="leaf">{words}</li>;
  return (
    <li>
      <details open={whole > 0 && node.bytes / whole >= OPEN_SHARE}>
        <summary>{words}</summary>
        <Branches tables={tables} nodes={end.children} whole={whole} />
      </details>
    </li>
  );
}
