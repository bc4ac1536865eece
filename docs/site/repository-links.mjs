import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { siteAddress } from './pages.mjs';

/**
 * A plugin of markdown-it. In the repository links lead from file to file; on the site they lead from page to page. A link to a file
 * that is no page (a schema, the chart's values) becomes its text. One to a file that does not exist stays, so that the build fails.
 */
export function repositoryLinks(markdown, pages, repository) {
  markdown.core.ruler.push('repository-links', ({ tokens, env }) => {
    const folder = dirname(relative(pages, env.realPath ?? env.path));
    for (const { type, children } of tokens) if (type === 'inline') resolveLinks(children, folder, repository);
  });
}

function resolveLinks(tokens, folder, repository) {
  let isText = false;
  for (const token of tokens) {
    if (token.type === 'link_open') {
      const [, path, hash] = /^([^#]*)(#.*)?$/.exec(decodeURI(token.attrGet('href') ?? ''));
      if (path === '' || /^(?:[a-z]+:|\/\/)/.test(path)) continue;
      const file = join(folder, path);
      if (file.endsWith('.md')) token.attrSet('href', `${siteAddress(file)}${hash ?? ''}`);
      else if (existsSync(join(repository, file))) isText = true;
    }
    if (isText && (token.type === 'link_open' || token.type === 'link_close')) {
      isText = token.type === 'link_open';
      token.type = 'text';
      token.tag = '';
      token.nesting = 0;
      token.content = '';
      token.attrs = null;
    }
  }
}
