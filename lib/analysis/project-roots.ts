// Which folders hold the program itself. Apart from lib/analysis/origin.ts because a tracer that starts needs no more.

/**
 * Finds the folders whose own files are user code although they may lie below a `node_modules`: the package of the
 * program that runs (many programs are themselves installed) and that of the working directory.
 * @param script absolute path of the program, null if it has none
 * @param cwd its working directory
 */
export function projectRoots(script: string | null, cwd: string): string[] {
  const roots = [cwd];
  for (const place of script === null ? [cwd] : [script, cwd]) {
    const root = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/]|$)/.exec(place);
    if (root) roots.push(root[0]);
  }
  return [...new Set(roots)];
}
