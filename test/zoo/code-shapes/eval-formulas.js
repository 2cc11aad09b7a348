// A spreadsheet that evaluates formulas with eval; the columns that its cells compute are kept for undo.
'use strict';

const ROWS = 16_000;
const undoColumns = []; // RETAINER name=undoColumns

function evaluateCell(formula, seed) {
  const column = eval(formula); // OWNER
  undoColumns.push({ seed, column });
}

function validateFormula(formula, seed) {
  const column = eval(formula);
  return column.length === ROWS && seed >= 0;
}

const formula = `Float64Array.from({ length: ROWS }, (_, row) => row * seed)`;
for (let cell = 0; cell < 75; cell += 1) {
  if (validateFormula(formula, cell)) evaluateCell(formula, cell);
}

process.on('exit', () => {
  const bytes = undoColumns.reduce((sum, { column }) => sum + column.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
