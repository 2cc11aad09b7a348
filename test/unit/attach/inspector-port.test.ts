// Which ports a command line leads one to expect an inspector on.
import { expect, it } from 'vitest';
import { namedPorts } from '../../../lib/attach/inspector-port';

it.each([
  [['node', 'app.js'], []],
  [['node', '--inspect', 'app.js'], []],
  [['node', '--inspect=9230', 'app.js'], [9230]],
  [['node', '--inspect-brk=127.0.0.1:9231', 'app.js'], [9231]],
  [['node', '--inspect-wait=[::1]:9232', 'app.js'], [9232]],
  [['node', '--inspect-port', '9233', 'app.js'], [9233]],
  [['node', '--inspect-port=0', 'app.js', '--inspector=7'], [0]],
])('%j names %j', (commandLine, ports) => {
  expect(namedPorts(commandLine)).toEqual(ports);
});
