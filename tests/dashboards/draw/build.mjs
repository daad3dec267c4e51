// Makes one script and one style sheet of the page and of all that it uses.
import { build } from 'esbuild';

const inline = Object.fromEntries(['.svg', '.png', '.gif', '.ttf', '.woff', '.woff2'].map((ending) => [ending, 'dataurl']));
await build({
  entryPoints: ['page.tsx'],
  bundle: true,
  outfile: 'built/page.js',
  format: 'iife',
  platform: 'browser',
  target: 'chrome120',
  jsx: 'automatic',
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'window' },
  alias: { 'react-router-dom-v5-compat': 'react-router-dom' },
  loader: inline,
  plugins: [{
    name: 'absent',
    setup({ onResolve }) {
      onResolve({ filter: /^(@grafana\/assistant|monaco-editor|react-monaco-editor|@monaco-editor\/react|app\/)/ }, () => ({
        path: `${process.cwd()}/absent.cjs`,
      }));
    },
  }],
});
