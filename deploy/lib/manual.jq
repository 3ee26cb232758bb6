# Makes a manual page, man(7), of what a program of ours tells of itself:
#
#   fxctl --experimental-dump-help | jq -rf manual.jq --arg section 8 --arg date 2026-11-25 --arg version 0.1.0

# A backslash, a leading dot or quote, and a hyphen mean something to roff.
def roff: gsub("\\\\"; "\\e") | gsub("-"; "\\-") | gsub("(?m)^(?<c>[.'])"; "\\&\(.c)");
def names: [.names[]? | if .kind == "short" then "-" + .name else "--" + .name end];
def value: "\\fI\(.valueName // "value" | roff)\\fR";
def shown: [.arguments[]? | select(.shouldDisplay and ((names | index("--help")) | not) and ((names | index("--version")) | not))];

def usage:
    if .kind == "positional" then value
    else "\\fB\(names[-1] | roff)\\fR" + (if .kind == "option" then " " + value else "" end) end
    | . as $text | $text;
def synopsis($path):
    "\\fB\($path | roff)\\fR" + ([shown[]
        | (usage + (if .isRepeating then " ..." else "" end)) as $text
        | if .isOptional then " [\($text)]" else " \($text)" end] | join(""))
    + (if (.subcommands // []) != [] then " \\fIcommand\\fR" else "" end);

def paragraphs: split("\n\n") | map(gsub("\n"; " ") | roff) | join("\n.PP\n");
def argument:
    ".TP\n"
    + (if .kind == "positional" then value
       else (names | map("\\fB\(roff)\\fR") | join(", ")) + (if .kind == "option" then " " + value else "" end) end)
    + "\n" + ((.abstract // "") + (if .defaultValue then " The default is \(.defaultValue)." else "" end)
              + (if .discussion then "\n" + .discussion else "" end) | gsub("\n+"; " ") | roff);
def arguments: shown | map(argument) | join("\n");

# Every command below this one that does something, with the words that lead to it.
def commands($path):
    (.subcommands // [])[] | select(.commandName != "help")
    | "\($path) \(.commandName)" as $here
    | if (.subcommands // []) != [] then commands($here)
      else ".SS \"\($here | roff)\"\n" + synopsis($here) + "\n.PP\n"
           + ([(.abstract // ""), (.discussion // "")] | map(select(. != "") | paragraphs) | join("\n.PP\n"))
           + "\n" + arguments end;

.command
| .commandName as $name
| ".TH \($name | ascii_upcase | roff) \($section) \($date) \"\($name | roff) \($version | roff)\" \"FX Event Bridge\"",
  ".SH NAME", "\($name | roff) \\- \(.abstract | rtrimstr(".") | roff)",
  ".SH SYNOPSIS", synopsis($name),
  ".SH DESCRIPTION", ([(.abstract // ""), (.discussion // "")] | map(select(. != "") | paragraphs) | join("\n.PP\n")),
  (if shown != [] then ".SH OPTIONS", arguments else empty end),
  (if (.subcommands // []) != [] then ".SH COMMANDS", commands($name) else empty end),
  ".SH FILES",
  ".TP\n.I /etc/fx\\-bridge/fx\\-bridge.yaml\nThe settings; every key is commented there.",
  ".TP\n.I /etc/fx\\-bridge/services.yaml\nThe services that fx\\-runner runs.",
  ".TP\n.I /var/lib/fx\\-bridge\nThe spool, its index and the credentials.",
  ".SH SEE ALSO", "\\fBfx\\-bridge\\fR(8), \\fBfx\\-runner\\fR(8), \\fBfxctl\\fR(8), \\fBnginx\\fR(8), /usr/share/doc/fx\\-bridge/README.md.gz"
