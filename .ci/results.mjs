/**
 * What vitest's JSON reports say.
 *
 *     node .ci/results.mjs files FIRST          the files that failed, a line each
 *     node .ci/results.mjs count FIRST [AGAIN]  "passed failed"; a file of the second report replaces what the first says of it
 *     node .ci/results.mjs names FIRST          the tests that failed, a line each
 */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [what, first, again] = process.argv.slice(2);
const read = (file) => (file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).testResults : []);
const failed = (file) => file.status === 'failed';
const count = (file, status) => file.assertionResults.filter((test) => test.status === status).length;

if (what === 'files') for (const { name } of read(first).filter(failed)) console.log(relative('.', name));
if (what === 'names') {
  for (const file of read(first).filter(failed)) {
    const tests = file.assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
    // A hook that failed has no test of its own.
    for (const test of tests.length > 0 ? tests : ['before its tests'])
      console.log(`${relative('.', file.name)}: ${test}`);
  }
}
if (what === 'count') {
  const all = new Map([...read(first), ...read(again)].map((file) => [file.name, file]));
  let [passed, bad] = [0, 0];
  for (const file of all.values()) {
    passed += count(file, 'passed');
    bad += failed(file) ? Math.max(1, count(file, 'failed')) : 0;
  }
  // No report at all is counted by whoever ran it.
  console.log(`${passed} ${bad}`);
}
