#!/bin/sh
# Put the manuals that bench/data/manual_questions.jsonl asks about into a folder:
#
#     bench/manuals.sh FOLDER
#
# They are Debian packages (bookworm); groff and Chromium turn two of them into text and PDF.
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for package in kicad-doc-zh debian-edu-doc-zh-cn linuxcnc-doc-zh-cn lilypond-doc-html-zh \
    cockpit-doc gnuplot-doc manpages-zh postgresql-doc-15; do
    apt-get download "$package"
    dpkg -x "$package"_*.deb .
done
doc=usr/share/doc
for page in kicad getting_started_in_kicad eeschema pcbnew; do
    cp "$doc/kicad/help/zh/$page.html" "$folder"
done
cp "$doc/debian-edu-doc-zh-cn/debian-edu-bookworm-manual.pdf" "$folder"
cp "$doc/linuxcnc/LinuxCNC_Getting_Started_zh_CN.pdf" "$folder"
cp "$doc/lilypond/html/Documentation/learning-big-page.zh.html" "$folder"
cp "$doc/gnuplot/gnuplot.pdf" "$folder"
mkdir -p "$folder/cockpit"
cp "$doc"/cockpit/guide/*.html "$folder/cockpit"
for page in systemctl.1 journalctl.1 psql.1 find.1 ssh.1 dig.1 tcpdump.8 iptables.8 rpm.8; do
    zcat "usr/share/man/zh_CN/man${page##*.}/$page.gz" |
        groff -Kutf8 -Tutf8 -man -P-bcou - > "$folder/$page.txt"
done
for page in routine-vacuuming continuous-archiving warm-standby runtime-config-resource \
    kernel-resources using-explain runtime-config-wal app-pgdump pgbench datatype-datetime \
    hot-standby sql-copy; do
    chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer \
        --print-to-pdf="$folder/$page.pdf" \
        "file://$work/$doc/postgresql-doc-15/html/$page.html"
done
