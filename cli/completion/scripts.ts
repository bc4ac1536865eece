/** Shells that completion is made for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/*
 * The scripts know no option: at each TAB they ask `prescale __complete`, so that what is offered is what the installed version has. It
 * answers as Cobra's commands do, which is what kubectl asks of a plugin: a line for each word, "word<TAB>what it is", and a last line ":4"
 * (no files) or ":0" (files too).
 */
const BASH = `# prescale completion for bash: source <(prescale completion bash)
_prescale() {
  local line current=\${COMP_WORDS[COMP_CWORD]} files=0
  COMPREPLY=()
  [ "$current" = "=" ] && current=
  while IFS= read -r line; do
    case $line in
      :0) files=1 ;;
      :*) ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [ $files = 1 ]; then
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _prescale prescale kubectl-prescale
`;

const ZSH = `#compdef prescale kubectl-prescale
# prescale completion for zsh: source <(prescale completion zsh), or as _prescale in a folder of $fpath
_prescale() {
  local line files=0
  local -a found
  for line in "\${(@f)$(\${words[1]} __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :0) files=1 ;;
      :*|'') ;;
      *) found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  (( $#found )) && _describe 'prescale' found
  (( files )) && _files
}
if [ "$funcstack[1]" = "_prescale" ]; then _prescale "$@"; else compdef _prescale prescale kubectl-prescale; fi
`;

const FISH = `# prescale completion for fish: prescale completion fish | source
function __prescale_complete
  set -l typed (commandline -opc) (commandline -ct)
  set -l found ($typed[1] __complete $typed[2..-1] 2>/dev/null)
  for line in $found
    switch $line
      case ':0'
        __fish_complete_path (commandline -ct)
      case ':*'
      case '*'
        echo $line
    end
  end
end
complete -c prescale -f -a '(__prescale_complete)'
complete -c kubectl-prescale -f -a '(__prescale_complete)'
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
