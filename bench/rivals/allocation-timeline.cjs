// The allocation timeline of the inspector, with stacks: every object of the V8 heap and where it was made. It knows
// functions, not lines.
const inspector = require('node:inspector');

const session = new inspector.Session();
let snapshot;

function start() {
  session.connect();
  session.post('HeapProfiler.startTrackingHeapObjects', { trackAllocations: true });
}

/** Bytes of live objects made by a function of the file, blocks of ArrayBuffers included where they have a stack. */
function charged({ file, function: name }) {
  snapshot ??= takeSnapshot();
  const { meta } = snapshot.snapshot;
  const width = meta.node_fields.length;
  const sizeAt = meta.node_fields.indexOf('self_size');
  const traceAt = meta.node_fields.indexOf('trace_node_id');
  const wanted = tracesOf(file, name);
  let bytes = 0;
  for (let at = 0; at < snapshot.nodes.length; at += width) {
    if (wanted.has(snapshot.nodes[at + traceAt])) bytes += snapshot.nodes[at + sizeAt];
  }
  return bytes;
}

function takeSnapshot() {
  const chunks = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => chunks.push(params.chunk));
  session.post('HeapProfiler.stopTrackingHeapObjects', { reportProgress: false });
  return JSON.parse(chunks.join(''));
}

/** Ids of the trace nodes whose innermost frame is this function. */
function tracesOf(file, name) {
  const { strings, trace_function_infos: infos, trace_tree: tree } = snapshot;
  const { meta } = snapshot.snapshot;
  const infoFields = meta.trace_function_info_fields;
  const at = (index, field) => infos[index * infoFields.length + infoFields.indexOf(field)];
  const isWanted = (index) =>
    strings[at(index, 'name')] === name && strings[at(index, 'script_name')].endsWith(file);
  const nodeFields = meta.trace_node_fields;
  const found = new Set();
  const visit = (nodes) => {
    for (let i = 0; i < nodes.length; i += nodeFields.length) {
      if (isWanted(nodes[i + nodeFields.indexOf('function_info_index')]))
        found.add(nodes[i + nodeFields.indexOf('id')]);
      visit(nodes[i + nodeFields.indexOf('children')]);
    }
  };
  visit(tree);
  return found;
}

module.exports = { start, charged };
