// Lets TypeScript follow imports of style sheets; esbuild bundles them.
declare module '*.css';
