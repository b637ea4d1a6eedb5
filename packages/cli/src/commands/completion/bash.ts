import type { Completed, CompletedCommand } from './completed.js';

/**
 * The script for bash: its function finds the command in the words before the cursor, then offers what may follow.
 * zsh runs it too.
 */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const paths = commands.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`]));
  const values = commands.flatMap(({ path, flags }) =>
    flags.flatMap(({ name, value }) =>
      value === null ? [] : [`    '${path} ${name}') ${offered(value)}; return ;;`],
    ),
  );
  const flags = commands.map(
    (one) => `    '${one.path}') flags='${one.flags.map(({ name }) => name).join(' ')}' ;;`,
  );
  const following = commands.map(({ path, commands: below, argument }) => {
    const names = below.map(({ name }) => name);
    const words = argument.kind === 'words' ? [...names, ...argument.words] : names;
    const offers =
      words.length > 0 || argument.kind === 'nothing' ? `_tenas_words ${words.join(' ')}` : offered(argument);
    return `    '${path}') ${offers} ;;`;
  });
  return `# completion of tenas for bash
_tenas_words() {
  local word
  for word in "$@"; do
    case "$word" in "$cur"*) COMPREPLY+=("$word") ;; esac
  done
}
_tenas_list() {
  local before='' word last="$cur"
  case "$cur" in *,*) before="\${cur%,*}," last="\${cur##*,}" ;; esac
  for word in "$@"; do
    case "$word" in "$last"*) COMPREPLY+=("$before$word") ;; esac
  done
}
_tenas_found() {
  local found
  # compgen of zsh looks into no folder.
  if [[ -z "\${ZSH_VERSION-}" ]]; then compgen "$1" -- "$cur"; return; fi
  setopt localoptions nullglob
  for found in "$cur"*; do
    if [[ "$1" == '-f' || -d "$found" ]]; then printf '%s\\n' "$found"; fi
  done
}
_tenas_paths() {
  local found
  while IFS= read -r found; do COMPREPLY+=("$found"); done < <(_tenas_found "$1")
  if type compopt > /dev/null 2>&1; then compopt -o filenames 2> /dev/null; fi
}
_tenas_ending() {
  local found ending
  while IFS= read -r found; do
    if [[ -d "$found" ]]; then COMPREPLY+=("$found"); continue; fi
    for ending in "$@"; do
      case "$found" in *."$ending") COMPREPLY+=("$found") ;; esac
    done
  done < <(_tenas_found -f)
  if type compopt > /dev/null 2>&1; then compopt -o filenames 2> /dev/null; fi
}
_tenas() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path='' flags='' at
  COMPREPLY=()
  # bash takes --flag=value apart.
  if [[ "$cur" == '=' ]]; then cur=''
  elif [[ "$prev" == '=' ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${path:+$path }\${COMP_WORDS[at]}" in
      ${paths.join('|')}) path="\${path:+$path }\${COMP_WORDS[at]}" ;;
      *' -'*|-*) ;;
      *) break ;;
    esac
  done
  case "$path $prev" in
${values.join('\n')}
  esac
  case "$path" in
${flags.join('\n')}
  esac
  case "$cur" in
    -*) _tenas_words $(echo $flags); return ;;
  esac
  case "$path" in
${following.join('\n')}
  esac
}
complete -F _tenas tenas
`;
}

/** The command that offers values. */
function offered(value: Completed): string {
  if (value.kind === 'nothing') return ':';
  if (value.kind !== 'words') return `_tenas_paths ${value.kind === 'files' ? '-f' : '-d'}`;
  const words = `${value.list ? '_tenas_list' : '_tenas_words'} ${value.words.join(' ')}`;
  return value.endings.length === 0 ? words : `${words}; _tenas_ending ${value.endings.join(' ')}`;
}

/** The script for zsh, whose bashcompinit runs that for bash. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef tenas
autoload -U +X bashcompinit && bashcompinit
${bashScript(commands)}`;
}
