// Writes what is made from addon/config/config.ts and kubernetes/needed-rights.ts: `npm run build && node helm/refresh.mjs`. helm/chart.test.ts says when it is due.
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { configJsonSchema } from '../dist/addon/config/config.js';
import { configTable, processTable, rightsTable } from '../dist/docs/chart-tables.js';

const schemaFile = new URL('values.schema.json', import.meta.url);
const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
schema.properties.config = configJsonSchema();
writeFileSync(schemaFile, `${JSON.stringify(schema, null, 2)}\n`);

renew('install.md', 'config', configTable());
const { roles, redis } = parse(readFileSync(new URL('values.yaml', import.meta.url), 'utf8'));
renew('install.md', 'processes', processTable({ ...roles, redis: { replicas: 1, ...redis.bundled } }));
renew('security.md', 'rights', rightsTable());

/** Replaces what stands between the comments `<!-- name -->` and `<!-- end -->`. */
function renew(page, name, table) {
  const file = new URL(`../docs/${page}`, import.meta.url);
  const block = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(block, (_, start, end) => `${start}${table}\n${end}`),
  );
}
