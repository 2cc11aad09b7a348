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
/** A branch with this share is open from the start. */
const OPEN_SHARE = 0.3;

export function PathTree({ tables, chosen }: PathTreeProps) {
  const roots = useMemo(() => buildPathTree(tables, chosen), [tables, chosen]);
  const whole = roots.reduce((sum, { bytes }) => sum + bytes, 0);
  if (roots.length === 0) return <p class="empty">No path to this memory was found.</p>;
  return <Branches tables={tables} nodes={roots} whole={whole} />;
}

function Branches({ tables, nodes, whole }: { tables: ReportTables; nodes: PathNode[]; whole: number }) {
  const rest = nodes.slice(MOST_BRANCHES);
  return (
    <ul class="paths">
      {nodes.slice(0, MOST_BRANCHES).map((node) => (
        <Branch key={node.step} tables={tables} node={node} whole={whole} />
      ))}
      {rest.length > 0 && (
        <li class="more">
          and {formatCount(rest.length)} more: {formatBytes(rest.reduce((sum, { bytes }) => sum + bytes, 0))}
        </li>
      )}
    </ul>
  );
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
