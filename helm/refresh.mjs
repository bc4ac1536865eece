// Writes what is made from addon/config/config.ts, kubernetes/needed-rights.ts, docs/boards and the comments of values.yaml: `npm run build && node helm/refresh.mjs`.
// helm/chart.test.ts says when it is due.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { BOARDS, boardText } from '../dist/docs/boards/boards.js';
import { chartReadme } from '../dist/docs/chart-readme.js';
import { chartSchema } from '../dist/docs/chart-schema.js';
import { configTable, processTable, rightsTable } from '../dist/docs/chart-tables.js';
import { chartValues } from '../dist/docs/chart-values.js';
import { formatFiles } from '../docs/format-files.mjs';

const schemaFile = new URL('values.schema.json', import.meta.url);
const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
const text = readFileSync(new URL('values.yaml', import.meta.url), 'utf8');
const values = chartValues(text, schema);
writeFileSync(schemaFile, `${JSON.stringify(chartSchema(schema, values), null, 2)}\n`);

const chartFile = new URL('Chart.yaml', import.meta.url);
const icon = readFileSync(new URL('icon.svg', import.meta.url)).toString('base64');
writeFileSync(
  chartFile,
  readFileSync(chartFile, 'utf8').replace(/^icon: .*$/m, `icon: data:image/svg+xml;base64,${icon}`),
);
const facts = parse(readFileSync(chartFile, 'utf8'));
writeFileSync(new URL('README.md', import.meta.url), chartReadme(facts, values));

mkdirSync(new URL('dashboards/', import.meta.url), { recursive: true });
for (const [file, board] of Object.entries(BOARDS)) {
  writeFileSync(new URL(`dashboards/${file}`, import.meta.url), boardText(board));
}

renew('install.md', 'config', configTable());
const { roles, redis } = parse(text);
renew('install.md', 'processes', processTable({ ...roles, redis: { replicas: 1, ...redis.bundled } }));
renew('security.md', 'rights', rightsTable());
formatFiles(['helm/values.schema.json', 'helm/README.md', 'helm/dashboards', 'docs/install.md', 'docs/security.md']);

/** Replaces what stands between the comments `<!-- name -->` and `<!-- end -->`. */
function renew(page, name, table) {
  const file = new URL(`../docs/${page}`, import.meta.url);
  const block = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(block, (_, start, end) => `${start}${table}\n${end}`),
  );
}
