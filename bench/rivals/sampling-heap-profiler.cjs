// V8's sampling heap profiler, as DevTools starts it. It knows functions, not lines.
const inspector = require('node:inspector');

const session = new inspector.Session();

function start() {
  session.connect();
  session.post('HeapProfiler.startSampling');
}

/** Bytes that it charges to a function of the file, its wrappers on the V8 heap included. */
function charged({ file, function: name }) {
  let bytes = 0;
  const visit = ({ callFrame, selfSize, children }) => {
    if (callFrame.url.endsWith(file) && callFrame.functionName === name) bytes += selfSize;
    for (const child of children) visit(child);
  };
  session.post('HeapProfiler.getSamplingProfile', (error, result) => {
    if (error) throw error;
    visit(result.profile.head);
  });
  return bytes;
}

module.exports = { start, charged };
