import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ANNOTATIONS } from '../core/policy/annotations.ts';
import { SOURCES } from '../migration/sources.ts';
import { migrationSections } from './migration-tables.ts';

/** The columns of its tables may be aligned or not. */
const unaligned = (text: string) => text.replace(/^\|.*$/gm, (row) => row.replace(/ +/g, ' ').replace(/-{3,}/g, '---'));
const BLOCK = /<!-- tables: begin[^\n]*-->\n\n([\s\S]*?)\n\n<!-- tables: end -->/;

describe('docs/migration.md', () => {
  it('shows the tables that the code reads by', () => {
    const page = readFileSync('docs/migration.md', 'utf8');
    expect(unaligned(BLOCK.exec(page)![1]!)).toBe(unaligned(migrationSections()));
  });

  it('names annotations that there are', () => {
    const names = ANNOTATIONS.map(({ name }) => name as string);
    const words = ['cron', 'duration', 'timeZone', 'min', 'max', 'except', 'cpu', 'auto', 'observe'];
    for (const { title, rows } of SOURCES) {
      for (const row of rows) {
        const to = 'to' in row && !row.to.startsWith('chart:') ? row.to : '';
        for (const [, word] of to.matchAll(/`([a-z][a-zA-Z-]*)[^`]*`/g))
          expect([...names, ...words], `${title}: ${to}`).toContain(word);
      }
    }
  });

  it('has no cell that breaks it', () => {
    for (const row of migrationSections().match(/^\|.*$/gm)!) expect(row.split('|'), row).toHaveLength(5);
  });
});
