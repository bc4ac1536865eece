import type { Plugin } from 'rolldown';

/** @param plugins further ones, before the charts' @returns the module's code, to be written or run */
export function bundlePage(input: string, plugins?: readonly Plugin[]): Promise<string>;
