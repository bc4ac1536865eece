/** Pages of the repository and where the site has them; what is in docs/ and not named here keeps its name without the folder. */
export const PAGES = new Map([
  ['README.md', 'index.md'],
  ['README.zh-CN.md', 'zh-CN/index.md'],
  ['CHANGELOG.md', 'changelog.md'],
  ['CONTRIBUTING.md', 'contributing.md'],
  ['CODE_OF_CONDUCT.md', 'code-of-conduct.md'],
  ['SECURITY.md', 'reporting-vulnerabilities.md'],
  ['SCOPE.md', 'scope.md'],
  ['LICENSES.md', 'licenses.md'],
  ['helm/README.md', 'chart.md'],
  ['docs/:page(.*).md', ':page.md'],
]);

/**
 * The address of a page of the repository on the site, without its ending.
 * @param path from the root of the repository: `docs/install.md`
 */
export function siteAddress(path) {
  const page = PAGES.get(path) ?? path.replace(/^docs\//, '');
  return `/${page.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}`;
}
