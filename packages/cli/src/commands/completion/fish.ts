import type { CompletedCommand, CompletedFlag } from './completed.js';

const LONGEST = 72;

/** The script for fish: a line for each command and flag, with its help. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const paths = commands.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]));
  return `# completion of tenas for fish
function __tenas_at
  set -l path
  for word in (commandline -opc)[2..]
    switch (string join ' ' -- $path $word)
      case ${paths.join(' ')}
        set -a path $word
      case '-*' '* -*'
      case '*'
        break
    end
  end
  test "$path" = "$argv"
end
function __tenas_list
  set -l before (string match -r '.*,' -- (commandline -ct); or echo '')
  printf '%s\\n' $before$argv
end
function __tenas_ending
  set -l start (string replace -r '^--[^=]*=' '' -- (commandline -ct))
  for found in $start*
    if test -d $found
      echo $found/
    else if string match -qr '\\.('(string join '|' -- $argv)')$' -- $found
      echo $found
    end
  end
end
complete -c tenas -f
${commands.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ path, commands, flags, argument }: CompletedCommand): string[] {
  const start = `complete -c tenas -n ${quoted(`__tenas_at ${path}`.trim())}`;
  return [
    ...commands.map(({ name, help }) => `${start} -a ${name} -d ${described(help)}`),
    ...(argument.kind === 'words' ? [`${start} -a ${quoted(argument.words.join(' '))}`] : []),
    ...(argument.kind === 'files' ? [`${start} -F`] : []),
    ...flags.map((flag) => `${start} -l ${flag.name.slice(2)} -d ${described(flag.help)}${valueText(flag)}`),
  ];
}

function valueText({ value }: CompletedFlag): string {
  if (value === null) return '';
  switch (value.kind) {
    case 'words': {
      const words = value.words.join(' ');
      const files = value.endings.length === 0 ? '' : ` (__tenas_ending ${value.endings.join(' ')})`;
      return ` -x -a ${quoted(value.list ? `(__tenas_list ${words})` : `${words}${files}`)}`;
    }
    case 'files':
      return ' -r -F';
    case 'folders':
      return " -x -a '(__fish_complete_directories)'";
    case 'nothing':
      return ' -x';
    default:
      return value satisfies never;
  }
}

/** The first words of a help. */
function described(help: string): string {
  if (help.length <= LONGEST) return quoted(help);
  const cut = help.slice(0, LONGEST);
  return quoted(`${cut.slice(0, cut.lastIndexOf(' '))} …`);
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
