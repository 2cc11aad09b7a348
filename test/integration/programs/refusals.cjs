// Calls every function with what it must refuse, and prints what each said: {case: "Name: message"}; null if nothing.
const abtrace = require('abtrace');

/** A value that must not be asked for its text. */
const hostile = {
  toString() {
    throw new Error('asked for its text');
  },
};
const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`key${i}`, 'value']));
const starts = {
  'no object': 5,
  'an array': [],
  'an unknown option': { threshold: 1 },
  'a negative threshold': { thresholdBytes: -1 },
  'a fractional threshold': { thresholdBytes: 1.5 },
  'no number': { thresholdBytes: '64KB' },
  'not a number': { thresholdBytes: Number.NaN },
  'no end': { thresholdBytes: Number.POSITIVE_INFINITY },
  'a big integer': { thresholdBytes: 5n },
  'depth 0': { stackDepth: 0 },
  'depth 201': { stackDepth: 201 },
  'a hostile depth': { stackDepth: hostile },
  'causes 1': { causes: 1 },
  'workers yes': { workers: 'yes' },
  'a glob alone': { user: 'src/**' },
  'an empty glob': { dependency: [''] },
};
const dumps = {
  'dump no object': 'x',
  'dump an unknown option': { collect: true },
  'dump gc true as text': { gc: 'true' },
  'dump a hostile gc': { gc: hostile },
};
const said = {};
function attempt(name, call) {
  try {
    call();
    said[name] = null;
  } catch (error) {
    said[name] = `${error.name}: ${error.message}`;
  }
}

for (const [name, options] of Object.entries(starts)) attempt(name, () => abtrace.start(options));
said.tracing = abtrace.isTracing();
abtrace.start({ thresholdBytes: 500 });
attempt('other options', () => abtrace.start({ thresholdBytes: 501 }));
for (const [name, options] of Object.entries(dumps)) attempt(name, () => abtrace.dump(options));
attempt('no path', () => abtrace.writeDumpSync());
attempt('a hostile path', () => abtrace.writeDumpSync(hostile));
attempt('no folder', () => abtrace.writeDumpSync('/no/such/folder/a.json'));
attempt('a folder', () => abtrace.writeDumpSync('/'));
attempt('no label', () => abtrace.label(7, () => {}));
attempt('a hostile label', () => abtrace.label({ tool: hostile }, () => {}));
attempt('too many labels', () => abtrace.label(many, () => {}));
attempt('nothing to label', () => abtrace.label('name'));
attempt('no file', () => abtrace.readDump('/no/such/file.json'));
said['still tracing'] = abtrace.isTracing();
abtrace.stop();
attempt('idle', () => abtrace.dump());
console.log(JSON.stringify(said));
