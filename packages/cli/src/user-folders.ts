import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** A folder of the XDG base directories. A path that is not absolute is ignored, as the specification says. */
function userFolder(env: Environment, variable: string, usual: string): string | undefined {
  const given = env[variable];
  if (given !== undefined && isAbsolute(given)) return join(given, 'tenas');
  return env.HOME === undefined || env.HOME === '' ? undefined : join(env.HOME, usual, 'tenas');
}

/** Where downloads go that no folder is named for; undefined without a home. */
export function cacheFolder(env: Environment): string | undefined {
  return userFolder(env, 'XDG_CACHE_HOME', '.cache');
}

/** The files that may hold the user's settings: that of `$TENAS_CONFIG`, or those of the user's folder. */
export function configFiles(env: Environment): string[] {
  if (env.TENAS_CONFIG !== undefined) return env.TENAS_CONFIG === '' ? [] : [env.TENAS_CONFIG];
  const folder = userFolder(env, 'XDG_CONFIG_HOME', '.config');
  return folder === undefined ? [] : ['json', 'yaml'].map((ending) => join(folder, `config.${ending}`));
}
