import { readFileSync } from 'node:fs';
import type { PageFile } from '../api/app.ts';

const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/app.js', 'app.js', 'text/javascript; charset=utf-8'],
  ['/app.css', 'app.css', 'text/css; charset=utf-8'],
  ['/api/v1/openapi.json', '../openapi.json', 'application/json'],
] as const;

/** What the build made, read once. @param folder file://…/ @throws where it was not built */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  return new Map(
    FILES.map(([path, name, contentType]) => {
      const body = new Uint8Array(readFileSync(new URL(name, folder)));
      return [path, { contentType, body }];
    }),
  );
}
