// The heap profiler of @datadog/pprof, with the interval and depth of its documentation.
const { heap } = require('@datadog/pprof');

let profile;

function start() {
  heap.start(512 * 1024, 64);
}

/** Live bytes of the samples with the line on their stack. */
function charged({ file, line }) {
  profile ??= heap.profile();
  const { stringTable, function: functions, location: locations, sample: samples } = profile;
  const text = (index) => stringTable.strings?.[Number(index)] ?? stringTable[Number(index)];
  const fileOf = new Map(functions.map(({ id, filename }) => [Number(id), text(filename)]));
  const wanted = new Set(
    locations
      .filter(
        ({ line: [place] }) =>
          Number(place.line) === line && fileOf.get(Number(place.functionId))?.endsWith(file),
      )
      .map(({ id }) => Number(id)),
  );
  return samples
    .filter(({ locationId }) => locationId.some((id) => wanted.has(Number(id))))
    .reduce((sum, { value }) => sum + Number(value.at(-1)), 0);
}

module.exports = { start, charged };
