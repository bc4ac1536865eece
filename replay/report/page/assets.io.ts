import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { WorldError } from '../../../core/errors.ts';
import type { PageAssets } from './html.ts';

/** uPlot as it is installed, read only when a page is written. @throws WorldError when the package is not there. */
export function readPageAssets(): PageAssets {
  const find = createRequire(import.meta.url).resolve;
  try {
    return {
      uplotJs: readFileSync(find('uplot/dist/uPlot.iife.min.js'), 'utf8'),
      uplotCss: readFileSync(find('uplot/dist/uPlot.min.css'), 'utf8'),
    };
  } catch (error) {
    throw new WorldError(`report.html needs the package uplot: ${(error as Error).message}`, { cause: error });
  }
}
