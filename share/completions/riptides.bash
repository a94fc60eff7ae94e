# bash completion for riptides, written by "riptides completion bash".

_riptides() {
  local cur=${COMP_WORDS[COMP_CWORD]} command='' waiting='' flags='--help --version' given=0 rest=0 i word
  COMPREPLY=()

  # Which command is it, how many arguments has it been given, and does a flag wait for its value?
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then
      continue # of --flag=value, which bash makes three words of
    elif [[ -z ${word//:/} ]]; then
      ((i += 1)) # of 10.0.0.1:443
    elif [[ -n $waiting ]]; then
      waiting=''
    elif ((rest)); then
      ((given += 1))
    elif [[ $word == -- ]]; then
      rest=1
    elif [[ $word == -* ]]; then
      case "$command $word" in
      ' init --name' | \
        ' init --trust-domain' | \
        ' import -o' | \
        ' import --output' | \
        ' import --trust-domain' | \
        ' validate --format' | \
        ' validate -o' | \
        ' validate --output' | \
        ' lint --format' | \
        ' lint -o' | \
        ' lint --output' | \
        ' lint --disable' | \
        ' lint --fail-on' | \
        ' lint --node' | \
        ' lint --target' | \
        ' lint --time' | \
        ' test --format' | \
        ' test -o' | \
        ' test --output' | \
        ' test --run' | \
        ' test --threshold' | \
        ' test --time' | \
        ' test --node' | \
        ' explain --to' | \
        ' explain --host' | \
        ' explain --protocol' | \
        ' explain --from' | \
        ' explain --port' | \
        ' explain --peer' | \
        ' explain --time' | \
        ' explain --as' | \
        ' explain --pid' | \
        ' explain --name' | \
        ' explain --path' | \
        ' explain --uid' | \
        ' explain --gid' | \
        ' explain --cmdline' | \
        ' explain --label' | \
        ' explain --node' | \
        ' explain --target' | \
        ' diff --limit' | \
        ' diff --only' | \
        ' diff --node' | \
        ' diff --target' | \
        ' compile -o' | \
        ' compile --output' | \
        ' compile --node' | \
        ' schema -o' | \
        ' schema --output' | \
        ' plan -o' | \
        ' plan --output' | \
        ' plan --node' | \
        ' plan --target' | \
        ' apply --confirm-within' | \
        ' apply --node' | \
        ' apply --target' | \
        ' apply --why' | \
        ' confirm --target' | \
        ' rollback --to' | \
        ' rollback --confirm-within' | \
        ' rollback --target' | \
        ' rollback --why' | \
        ' status --target' | \
        ' connections --direction' | \
        ' connections --identity' | \
        ' connections --service' | \
        ' connections --pid' | \
        ' connections --sort' | \
        ' names --name' | \
        ' names --address' | \
        ' names --source' | \
        ' names --sort' | \
        ' history --limit' | \
        ' history --target' | \
        ' agent --config' | \
        ' agent --log-level' | \
        ' agent check --config' | \
        ' labels --config' | \
        ' module arm --within' | \
        ' module build --release' | \
        ' module build --kernel-tree' | \
        ' module drain --within' | \
        ' module upgrade --previous' | \
        ' module upgrade --within') waiting=$word ;;
      esac
    else
      case "$command $word" in
      ' init' | \
        ' import' | \
        ' validate' | \
        ' lint' | \
        ' fmt' | \
        ' test' | \
        ' explain' | \
        ' diff' | \
        ' compile' | \
        ' inspect' | \
        ' schema' | \
        ' plan' | \
        ' apply' | \
        ' confirm' | \
        ' rollback' | \
        ' status' | \
        ' connections' | \
        ' names' | \
        ' history' | \
        ' agent' | \
        ' agent check' | \
        ' labels' | \
        ' module arm' | \
        ' module build' | \
        ' module drain' | \
        ' module info' | \
        ' module load' | \
        ' module unload' | \
        ' module upgrade' | \
        ' help' | \
        ' completion' | \
        ' module' | \
        ' help agent' | \
        ' help module') command="$command $word" ;;
      *) ((given += 1)) ;;
      esac
    fi
  done

  if [[ -n $waiting ]]; then
    [[ $cur == '=' ]] && cur=''
    case "$command $waiting" in
    ' import -o' | ' import --output') _riptides_paths -d ;;
    ' validate --format') _riptides_offer 'sarif junit github gitlab' ;;
    ' validate -o' | ' validate --output') _riptides_paths -f ;;
    ' lint --format') _riptides_offer 'sarif junit github gitlab' ;;
    ' lint -o' | ' lint --output') _riptides_paths -f ;;
    ' lint --disable') _riptides_offer 'RTP1701 RTP1702 RTP1703 RTP1704 RTP1705 RTP1706 RTP1707 RTP1708 RTP1709 RTP1710 RTP1711 RTP1712 RTP1713 RTP1714' ;;
    ' lint --fail-on') _riptides_offer 'error warning nothing' ;;
    ' lint --target') _riptides_offer 'kernel embedded' ;;
    ' test --format') _riptides_offer 'sarif junit github gitlab' ;;
    ' test -o' | ' test --output') _riptides_paths -f ;;
    ' explain --protocol') _riptides_offer 'tcp udp' ;;
    ' explain --path') _riptides_paths -f ;;
    ' explain --target') _riptides_offer 'kernel embedded' ;;
    ' diff --only') _riptides_offer 'gains losses' ;;
    ' diff --target') _riptides_offer 'kernel embedded' ;;
    ' compile -o' | ' compile --output') _riptides_paths -f ;;
    ' schema -o' | ' schema --output') _riptides_paths -f ;;
    ' plan -o' | ' plan --output') _riptides_paths -f ;;
    ' plan --target') _riptides_offer 'kernel embedded' ;;
    ' apply --target') _riptides_offer 'kernel embedded' ;;
    ' confirm --target') _riptides_offer 'kernel embedded' ;;
    ' rollback --target') _riptides_offer 'kernel embedded' ;;
    ' status --target') _riptides_offer 'kernel embedded' ;;
    ' connections --direction') _riptides_offer 'connect accept' ;;
    ' connections --sort') _riptides_offer 'since sent received process identity peer' ;;
    ' names --source') _riptides_offer 'agent dns' ;;
    ' names --sort') _riptides_offer 'name address left' ;;
    ' history --target') _riptides_offer 'kernel embedded' ;;
    ' agent --config') _riptides_paths -f ;;
    ' agent --log-level') _riptides_offer 'error warn info debug' ;;
    ' agent check --config') _riptides_paths -f ;;
    ' labels --config') _riptides_paths -f ;;
    ' module build --kernel-tree') _riptides_paths -d ;;
    ' module upgrade --previous') _riptides_paths -f ;;
    esac
    return 0
  fi

  case $command in
  ' init') flags='--name --trust-domain --json --help' ;;
  ' import') flags='--output --force --trust-domain --json --help' ;;
  ' validate') flags='--format --output --watch --json --help' ;;
  ' lint') flags='--format --output --disable --fail-on --node --target --time --json --help' ;;
  ' fmt') flags='--check --diff --json --help' ;;
  ' test') flags='--format --output --coverage --run --threshold --watch --time --node --json --help' ;;
  ' explain') flags='--to --host --protocol --from --port --peer --time --as --pid --name --path --uid --gid --cmdline --label --node --target --json --help' ;;
  ' diff') flags='--detailed-exitcode --limit --only --node --target --json --help' ;;
  ' compile') flags='--output --node --json --help' ;;
  ' inspect') flags='--json --help' ;;
  ' schema') flags='--output --json --help' ;;
  ' plan') flags='--output --detailed-exitcode --node --target --json --help' ;;
  ' apply') flags='--check --confirm-within --node --target --why --yes --json --help' ;;
  ' confirm') flags='--target --json --help' ;;
  ' rollback') flags='--to --confirm-within --target --why --yes --json --help' ;;
  ' status') flags='--once --target --json --help' ;;
  ' connections') flags='--direction --identity --service --pid --sort --watch --json --help' ;;
  ' names') flags='--name --address --source --sort --watch --json --help' ;;
  ' history') flags='--limit --target --json --help' ;;
  ' agent') flags='--config --log-level --json --help' ;;
  ' agent check') flags='--config --json --help' ;;
  ' labels') flags='--config --json --help' ;;
  ' module arm') flags='--within --json --help' ;;
  ' module build') flags='--release --kernel-tree --force --json --help' ;;
  ' module drain') flags='--within --json --help' ;;
  ' module info') flags='--json --help' ;;
  ' module load') flags='--allow-untested-kernel --json --help' ;;
  ' module unload') flags='--json --help' ;;
  ' module upgrade') flags='--previous --within --json --help' ;;
  ' help') flags='--json --help' ;;
  ' completion') flags='--json --help' ;;
  esac
  if [[ $cur == -* ]] && ! ((rest)); then
    _riptides_offer "$flags"
  else
    case "$command $given" in
    ' 0') _riptides_offer 'init import validate lint fmt test explain diff compile inspect schema plan apply confirm rollback status connections names history agent labels module help completion' ;;
    ' agent 0') _riptides_offer 'check' ;;
    ' module 0') _riptides_offer 'arm build drain info load unload upgrade' ;;
    ' help 0') _riptides_offer 'init import validate lint fmt test explain diff compile inspect schema plan apply confirm rollback status connections names history agent labels module help completion environment exit-codes files' ;;
    ' help agent 0') _riptides_offer 'check' ;;
    ' help module 0') _riptides_offer 'arm build drain info load unload upgrade' ;;
    ' init 0') _riptides_paths -d ;;
    ' import '*) _riptides_paths -f ;;
    ' validate 0') _riptides_paths -d ;;
    ' lint 0') _riptides_paths -d ;;
    ' fmt '*) _riptides_paths -f ;;
    ' test 0') _riptides_paths -d ;;
    ' explain 0') _riptides_offer 'RTE1000 RTE1001 RTE1002 RTE1003 RTE1004 RTE1005 RTE1006 RTE1007 RTE1101 RTE1102 RTE1103 RTE1201 RTE1202 RTE1301 RTE1302 RTE1303 RTE1304 RTE1305 RTE1401 RTE1402 RTE1403 RTE1404 RTE1405 RTE1406 RTE1501 RTE1502 RTE1503 RTE1601 RTE1602 RTE1603 RTE1901 RTE1902 RTP1001 RTP1002 RTP1003 RTP1004 RTP1005 RTP1010 RTP1011 RTP1012 RTP1013 RTP1014 RTP1015 RTP1016 RTP1017 RTP1018 RTP1019 RTP1020 RTP1021 RTP1022 RTP1023 RTP1051 RTP1052 RTP1053 RTP1054 RTP1055 RTP1056 RTP1057 RTP1101 RTP1102 RTP1103 RTP1105 RTP1106 RTP1107 RTP1108 RTP1109 RTP1111 RTP1113 RTP1114 RTP1115 RTP1116 RTP1117 RTP1118 RTP1119 RTP1121 RTP1122 RTP1123 RTP1124 RTP1125 RTP1126 RTP1127 RTP1128 RTP1129 RTP1130 RTP1131 RTP1132 RTP1133 RTP1134 RTP1135 RTP1136 RTP1137 RTP1138 RTP1139 RTP1140 RTP1141 RTP1142 RTP1143 RTP1144 RTP1145 RTP1146 RTP1147 RTP1150 RTP1201 RTP1202 RTP1203 RTP1204 RTP1205 RTP1206 RTP1207 RTP1208 RTP1209 RTP1210 RTP1211 RTP1212 RTP1213 RTP1214 RTP1215 RTP1216 RTP1217 RTP1218 RTP1219 RTP1220 RTP1301 RTP1302 RTP1303 RTP1304 RTP1305 RTP1306 RTP1307 RTP1308 RTP1401 RTP1402 RTP1403 RTP1404 RTP1408 RTP1410 RTP1411 RTP1412 RTP1413 RTP1414 RTP1415 RTP1501 RTP1502 RTP1503 RTP1504 RTP1505 RTP1506 RTP1507 RTP1508 RTP1509 RTP1510 RTP1511 RTP1512 RTP1513 RTP1514 RTP1515 RTP1601 RTP1602 RTP1603 RTP1604 RTP1605 RTP1606 RTP1607 RTP1608 RTP1609 RTP1701 RTP1702 RTP1703 RTP1704 RTP1705 RTP1706 RTP1707 RTP1708 RTP1709 RTP1710 RTP1711 RTP1712 RTP1713 RTP1714 RTP1720 RTP1801 RTP1802 RTP1803 RTP1901 RTP2001 RTP2002 RTP2003'; _riptides_paths -d ;;
    ' diff 0') : ;;
    ' diff 1') : ;;
    ' compile 0') _riptides_paths -d ;;
    ' inspect 0') _riptides_paths -f ;;
    ' schema 0') _riptides_offer 'Project WorkloadIdentity Service CredentialSource CredentialBinding DaemonGroup Guardrail PolicyTest' ;;
    ' plan 0') _riptides_paths -d ;;
    ' apply 0') _riptides_paths -f ;;
    ' confirm 0') _riptides_paths -d ;;
    ' rollback 0') _riptides_paths -d ;;
    ' status 0') _riptides_paths -d ;;
    ' connections 0') _riptides_paths -d ;;
    ' history 0') _riptides_paths -d ;;
    ' labels 0') : ;;
    ' module load 0') _riptides_paths -f ;;
    ' module upgrade 0') _riptides_paths -f ;;
    ' completion 0') _riptides_offer 'bash zsh fish' ;;
    *) ((rest)) || _riptides_offer "$flags" ;;
    esac
  fi
  return 0
}

_riptides_offer() {
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
}

_riptides_paths() {
  compopt -o filenames 2>/dev/null
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$1" -- "$cur")
}

complete -F _riptides riptides
