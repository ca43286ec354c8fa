# fish completion for fairlead(1)
# SPDX-License-Identifier: LGPL-2.1-or-later

# Asks fairlead for names, with the directories that the command line gives.
function __fairlead_names
    set -l words (commandline -opc)
    set -l dirs
    for i in (seq (count $words))
        switch $words[$i]
            case --config-dir --state-dir
                set -a dirs $words[$i] $words[(math $i + 1)]
            case '--config-dir=*' '--state-dir=*'
                set -a dirs $words[$i]
        end
    end
    $words[1] $dirs $argv[1] --quiet 2>/dev/null
end

# The verb on the command line, if there is one.
function __fairlead_verb
    set -l words (commandline -opc)
    set -l skip 0
    for word in $words[2..]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case --config-dir --state-dir
                set skip 1
            case '-*'
            case '*'
                echo $word
                return 0
        end
    end
    return 1
end

function __fairlead_verb_is
    contains -- (__fairlead_verb; or echo) $argv
end

complete -c fairlead -f
for verb in 'run	Run a command in a network of its own' 'setup	Set up the network of a container' \
        'teardown	Tear down the network of containers' 'exec	Run a command in the network of a container' \
        'list	List the containers' 'inspect	Show all about containers' 'stats	Show traffic counters' \
        'ports	Publish and withdraw ports' 'check	Check that all is there' 'reload	Put back what a flush removed' \
        'gc	Remove what is left over' 'networks	List the networks' 'network	Write, remove and check networks' 'backends	List or describe backends' \
        'config	Check the configuration' 'oci-hook	Serve an OCI runtime'
    set -l parts (string split \t $verb)
    complete -c fairlead -n 'not __fairlead_verb' -a $parts[1] -d $parts[2]
end

complete -c fairlead -l config-dir -xa '(__fish_complete_directories)' -d 'Read the configuration from DIR alone'
complete -c fairlead -l state-dir -xa '(__fish_complete_directories)' -d 'Keep the state in DIR'
complete -c fairlead -l json -d 'Print JSON for programs'
complete -c fairlead -l debug -d 'Tell what happens'
complete -c fairlead -l version -d 'Print the version'
complete -c fairlead -s h -l help -d 'Show help'

complete -c fairlead -n '__fairlead_verb_is run setup' -s n -l network -xa '(__fairlead_names networks)' -d 'Attach to NETWORK'
complete -c fairlead -n '__fairlead_verb_is run setup' -s p -l publish -x -d 'Publish a port'
complete -c fairlead -n '__fairlead_verb_is run' -l id -x -d 'Name the container'
complete -c fairlead -n '__fairlead_verb_is run' -xa '(__fish_complete_subcommand --fcs-skip=2)'
complete -c fairlead -n '__fairlead_verb_is run' -l id-map -xa 'user subids' -d 'Which user ids the command has'
complete -c fairlead -n '__fairlead_verb_is setup' -l dry-run -d 'Check the request and make nothing'
complete -c fairlead -n '__fairlead_verb_is setup' -l netns -rF -d 'Join the namespace at PATH'
complete -c fairlead -n '__fairlead_verb_is setup' -l link -rF -d 'Link PATH to the namespace'
complete -c fairlead -n '__fairlead_verb_is setup' -l pid -xa '(__fish_complete_pids)' -d 'Join the namespace of PID'
complete -c fairlead -n '__fairlead_verb_is setup' -l share -xa '(__fairlead_names list)' -d 'Join the namespace of ID'
complete -c fairlead -n '__fairlead_verb_is teardown exec inspect stats ports check reload' -a '(__fairlead_names list)'
complete -c fairlead -n '__fairlead_verb_is reload' -s w -l watch -d 'Do so whenever firewalld reloads'
complete -c fairlead -n '__fairlead_verb_is teardown' -s f -l force -d 'Drop the state in any case'
complete -c fairlead -n '__fairlead_verb_is inspect' -l human -d 'A short text'
complete -c fairlead -n '__fairlead_verb_is stats' -l format -xa 'table json prometheus' -d 'How to print'
complete -c fairlead -n '__fairlead_verb_is stats' -s w -l watch -d 'Repeat'
complete -c fairlead -n '__fairlead_verb_is list networks backends ports' -s q -l quiet -d 'Names only'
complete -c fairlead -n '__fairlead_verb_is backends' -a '(__fairlead_names backends)'
complete -c fairlead -n '__fairlead_verb_is ports' -a 'list add remove'
complete -c fairlead -n '__fairlead_verb_is network' -a 'create remove check (__fairlead_names networks)'
complete -c fairlead -n '__fairlead_verb_is network' -s b -l backend -xa '(__fairlead_names backends)' -d 'The backend of a new network'
complete -c fairlead -n '__fairlead_verb_is config' -a check
