# shellcheck shell=bash
# Fuzzing: outside ./dev test, which only replays the seeds. Sourced, never run.

# A line of base64 is a seed; each becomes a file, which is what a fuzzer reads. Arguments: text file, folder
unpack_seeds() {
  local line number=0
  [ -f "$1" ] || return 0
  while IFS= read -r line; do
    number=$((number + 1))
    [[ $line = '#'* ]] || base64 -d <<<"$line" >"$2/found-$number"
  done <"$1"
}

fuzz() { # target, executions
  local target=${1:-} runs=${2:-1000000} own found dictionary=()
  if [ ! -d "tests/fuzz/seeds/$target" ] || [ -z "$target" ]; then
    fail "Quelle cible ?" "Cibles : $(cd tests/fuzz/seeds && echo *)"
  fi
  need_toolchain
  cargo fuzz --version >/dev/null 2>&1 || fail "cargo-fuzz est introuvable." "Installez-le : cargo install cargo-fuzz --locked ; rustup toolchain install nightly"
  own=tests/fuzz/runner/corpus/$target; found=tests/fuzz/runner/artifacts/$target
  mkdir -p "$own" "$found" "tests/fuzz/regressions/$target"
  unpack_seeds "tests/fuzz/seeds/$target/found.txt" "$own"
  [ ! -f "tests/fuzz/dictionaries/$target.dict" ] || dictionary=("-dict=tests/fuzz/dictionaries/$target.dict")
  # The product has no unsafe code of its own: the address sanitizer would slow the search and find nothing of ours.
  cargo +nightly fuzz run --fuzz-dir tests/fuzz/runner --sanitizer none "$target" \
    "$own" "tests/fuzz/seeds/$target" "tests/fuzz/regressions/$target" -- \
    -runs="$runs" -max_len=4096 -timeout=10 "${dictionary[@]}" -print_final_stats=1 >&2
  rmdir "tests/fuzz/regressions/$target" 2>/dev/null || true
}
