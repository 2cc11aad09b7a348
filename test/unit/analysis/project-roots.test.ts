import { describe, expect, it } from 'vitest';
import { projectRoots } from '../../../lib/analysis/project-roots';

describe('the folders of a program', () => {
  it('takes the innermost package of a script, as pnpm links it', () => {
    expect(projectRoots('/a/node_modules/.pnpm/x@1/node_modules/x/cli.js', '/a')).toEqual([
      '/a',
      '/a/node_modules/.pnpm/x@1/node_modules/x',
    ]);
  });

  it('are the working directory alone, unless that or the script lies below node_modules', () => {
    expect(projectRoots(null, '/srv/app')).toEqual(['/srv/app']);
    expect(projectRoots('C:\\a\\node_modules\\x\\cli.js', 'C:\\a')).toEqual([
      'C:\\a',
      'C:\\a\\node_modules\\x',
    ]);
  });
});
