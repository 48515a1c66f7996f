/** Which files make up this build; the build writes the list into the bundled service worker. */

interface SiteFiles {
  /** Changes with any file of the site. */
  readonly version: string;
  /** Relative to the site: everything the page needs before a model. */
  readonly shell: readonly string[];
  /** Large files of which each browser needs one; kept when used. */
  readonly runtime: readonly string[];
}

/** Replaced by scripts/vite/site-files.ts: `version|shell,…|runtime,…`. */
const WRITTEN_BY_THE_BUILD = '__SITE_FILES__';

const [version = '', shell = '', runtime = ''] = WRITTEN_BY_THE_BUILD.split('|');

export const SITE_FILES: SiteFiles = { version, shell: shell.split(','), runtime: runtime.split(',') };
