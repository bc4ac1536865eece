import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { readManifestArguments } from './manifest-input.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-manifests-'));
afterAll(() => rmSync(folder, { recursive: true }));

const POD = 'kind: Pod\nmetadata: {name: x}\n';
function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('manifests named on the command line', () => {
  it('come from files, from folders and what is below, and from a pipe, in the order of the arguments', async () => {
    mkdirSync(join(folder, 'k8s/deep/.hidden'), { recursive: true });
    for (const name of ['k8s/b.yml', 'k8s/a.yaml', 'k8s/deep/c.json', 'k8s/notes.txt', 'k8s/deep/.hidden/d.yaml']) {
      file(name, name.endsWith('json') ? '{"kind":"Pod"}' : POD);
    }
    const { objects } = await readManifestArguments(
      ['-', join(folder, 'k8s')],
      Readable.from([Buffer.from('kind: Pi'), Buffer.from('pe\n')]),
    );
    expect(objects.map(({ file: from, content }) => [from.replace(folder, ''), content.kind])).toEqual([
      ['stdin', 'Pipe'],
      ['/k8s/a.yaml', 'Pod'],
      ['/k8s/b.yml', 'Pod'],
      ['/k8s/deep/c.json', 'Pod'],
    ]);
  });

  it('may be UTF-16, as PowerShell redirects', async () => {
    const little = Buffer.from(`\ufeff${POD}`, 'utf16le');
    const { objects } = await readManifestArguments([
      file('little.yaml', little),
      file('big.yaml', Buffer.from(little).swap16()),
    ]);
    expect(objects.map(({ content }) => content.kind)).toEqual(['Pod', 'Pod']);
  });

  it('are refused at once where they are something else', async () => {
    const large = file('large.yaml', '');
    truncateSync(large, 50_000_000);
    mkdirSync(join(folder, 'empty'));
    const refused: [string, string][] = [
      [
        file('binary.yaml', Buffer.from([0, 1, 2, 255])),
        'found binary data; expected Kubernetes manifests in YAML or JSON, in UTF-8 or UTF-16',
      ],
      [file('nul.yaml', 'a: \0'), 'found binary data'],
      [large, 'found 50,000,000 bytes; expected Kubernetes manifests in YAML or JSON, of at most 10,000,000 bytes'],
      [join(folder, 'none.yaml'), 'there is no such file'],
      [join(folder, 'empty'), 'found no file in this folder that ends in .yaml, .yml, .json'],
    ];
    for (const [path, why] of refused) await expect(readManifestArguments([path])).rejects.toThrow(`${path}: ${why}`);
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(1_000_000, 'x');
      })(),
    );
    await expect(readManifestArguments(['-'], endless)).rejects.toThrow('stdin: found more than 10,000,000 bytes');
    const terminal = Object.assign(Readable.from([]), { isTTY: true });
    await expect(readManifestArguments(['-'], terminal)).rejects.toThrow('standard input is a terminal');
  });
});
