# Completion of dp for bash. In ~/.bashrc:  eval "$(dp completion bash)"
_dp() {
  # Bash splits words at = and : as well; dp gets them whole.
  local words=() word glue=
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ ${#words[@]} -gt 0 && ( -n $glue || $word == [:=]* ) ]]; then
      words[${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    glue=
    [[ $word == *[:=] ]] && glue=1
  done
  # Bash replaces only what stands behind the last = or :.
  local whole=${words[${#words[@]}-1]}
  local part=${whole##*[:=]}
  local before=${whole%"$part"} files=
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    if [[ $word == :files ]]; then
      files=1
    else
      COMPREPLY+=("${word#"$before"}")
    fi
  done < <("${COMP_WORDS[0]/#\~/$HOME}" __complete -- "${words[@]}" 2>/dev/null)
  if [[ -n $files ]]; then
    type compopt &>/dev/null && compopt -o filenames
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$part")
  elif [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
    type compopt &>/dev/null && compopt -o nospace
  fi
}
complete -F _dp dp
