#!/bin/sh
# Check a series of patches and write replies to it: review-series.sh MESSAGE-ID|MAILBOX [REPLIES]
#
# Run it in a kernel repository. A Message-ID is fetched with b4; the replies are a mailbox (default:
# replies.mbox) to look through and send with your mail program. Nothing is sent from here. The base
# is what the series names in base-commit:, else what BASE is set to, else HEAD.
set -u
series=${1:?a Message-ID or a mailbox}
replies=${2:-replies.mbox}

if [ ! -e "$series" ]; then
    directory=$(mktemp -d) || exit 2
    trap 'rm -rf "$directory"' EXIT
    b4 am --quiet --outdir "$directory" "$series" || exit 2
    series=$(find "$directory" -name '*.mbx' | head -n 1)
fi

mmlint patch ${BASE:+--base "$BASE"} --reply --output "$replies" "$series"
status=$?
case $status in
0) echo "nothing to say" ;;
1) echo "replies are in $replies" ;;
3) echo "not all of it could be judged; replies, if any, are in $replies" ;;
esac
exit $status
