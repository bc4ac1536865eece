import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError } from '../../core/errors.ts';
import { parseHeaders } from './prometheus-headers.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-headers-'));
afterAll(() => rmSync(folder, { recursive: true }));
const key = join(folder, 'key');
writeFileSync(key, 's3cret\n');

describe('request headers', () => {
  it('are read as typed, several of them, secret ones from their files', () => {
    expect(parseHeaders('X-Scope-OrgID: team-a|team-b\nX-Url: http://a:1', `X-Api-Key: ${key}`)).toEqual({
      'X-Scope-OrgID': 'team-a|team-b',
      'X-Url': 'http://a:1',
      'X-Api-Key': 's3cret',
    });
    expect(parseHeaders(undefined, undefined)).toEqual({});
  });

  it.each([
    [
      'no name',
      's3cret',
      undefined,
      /^--prometheus-header: found no header's name before a colon; expected 'X-Scope-OrgID: team-a'$/,
    ],
    ['no value', 'X-Scope-OrgID:', undefined, /found no plain text after X-Scope-OrgID:/],
    [
      'a credential',
      'Authorization: Bearer s3cret',
      undefined,
      /found Authorization; expected --prometheus-token-file/,
    ],
    ['one twice', 'X-Key: s3cret\nx-key: b', undefined, /found x-key twice; expected each header once/],
    ['one in both', 'X-Key: s3cret', `x-key: ${key}`, /--prometheus-header-file: found x-key twice/],
    [
      'a file that is not there',
      undefined,
      'X-Key: /nowhere/key',
      /^--prometheus-header-file X-Key: \/nowhere\/key: there is no such file/,
    ],
  ])('%s is refused, and no value is shown', (_, given, files, words) => {
    const parse = () => parseHeaders(given, files);
    expect(parse).toThrow(InputError);
    expect(parse).toThrow(words);
    expect(parse).not.toThrow(/s3cret/);
  });
});
