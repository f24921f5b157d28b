#compdef dp
# Completion of dp for zsh. In ~/.zshrc, behind compinit:  eval "$(dp completion zsh)"
_dp() {
  local line files found=1
  # A value follows those that end in =, so no space does.
  local -a candidates unfinished
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      files=1
    elif [[ ${line%%$'\t'*} == *= ]]; then
      unfinished+=("${line%%$'\t'*}")
    else
      candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    fi
  done < <("${words[1]/#\~/$HOME}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#unfinished )) && compadd -S '' -a unfinished && found=0
  (( $#candidates )) && _describe -t values value candidates && found=0
  if [[ -n $files ]]; then
    compset -P '*='
    _files && found=0
  fi
  return found
}
if [[ $funcstack[1] == _dp ]]; then _dp "$@"; else compdef _dp dp; fi
