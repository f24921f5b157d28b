# Completion of dp for fish:  dp completion fish > ~/.config/fish/completions/dp.fish
function __dp_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    # A command that prints nothing is no argument, not an empty one.
    test (count $current) -eq 0; and set current ''
    for line in (eval $words[1] __complete -- (string escape -- $words[2..-1] $current) 2>/dev/null)
        if test "$line" = :files
            set -l name (string replace -r '^-[^=]*=' '' -- $current)
            set -l before (string sub -l (math (string length -- $current) - (string length -- $name)) -- $current)
            __fish_complete_path $name | string replace -r '^' -- $before
        else
            echo $line
        end
    end
end
complete -c dp -f -k -a '(__dp_complete)'
