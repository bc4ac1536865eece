import { InputError } from '../../core/errors.ts';
import { readInputText, SECRET_BYTES } from '../../files/input-file.io.ts';

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const CREDENTIAL = /^(?:proxy-)?authorization$/i;

/**
 * Request headers as typed: `X-Scope-OrgID: team-a`, and `X-Api-Key: file` for those that are secret. Messages name the header only.
 * @param given of --prometheus-header, one a line @param files of --prometheus-header-file, one a line
 * @throws InputError
 */
export function parseHeaders(given: string | undefined, files: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [option, text] of [
    ['--prometheus-header', given] as const,
    ['--prometheus-header-file', files] as const,
  ]) {
    for (const line of text?.split('\n') ?? []) {
      const { name, value } = parts(option, line);
      const isThere = Object.keys(headers).some((other) => other.toLowerCase() === name.toLowerCase());
      if (isThere) throw new InputError(`${option}: found ${name} twice; expected each header once`);
      headers[name] = option === '--prometheus-header' ? value : secret(`${option} ${name}`, value);
    }
  }
  return headers;
}

function parts(option: string, line: string): { name: string; value: string } {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(0, colon)).trim();
  const value = line.slice(colon + 1).trim();
  // Not shown as it was typed: it may hold a secret.
  const expected = option.endsWith('-file') ? "'X-Api-Key: file'" : "'X-Scope-OrgID: team-a'";
  if (!NAME.test(name)) throw new InputError(`${option}: found no header's name before a colon; expected ${expected}`);
  if (CREDENTIAL.test(name)) {
    throw new InputError(
      `${option}: found ${name}; expected --prometheus-token-file, or --prometheus-user with a password`,
    );
  }
  if (!/^[\x20-\x7e]+$/.test(value)) {
    throw new InputError(`${option}: found no plain text after ${name}:; expected ${expected}`);
  }
  return { name, value };
}

function secret(option: string, path: string): string {
  const expected = 'a small text file';
  const value = readInputText({ path, name: `${option}: ${path}`, expected, mostBytes: SECRET_BYTES }).trim();
  if (/^[\x20-\x7e]+$/.test(value)) return value;
  const found = value === '' ? 'nothing' : 'more than one line of plain text';
  throw new InputError(`${option}: ${path}: found ${found}; expected one secret`);
}
