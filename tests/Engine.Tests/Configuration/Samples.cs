using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration;

/// <summary>Configurations for tests.</summary>
internal static class Samples
{
    /// <summary>Uses everything that this release accepts.</summary>
    public const string Whole = """
        weir: 1
        title: GStreamer CI
        url: https://ci.example.org/
        x-env: &env { CFLAGS: -O2 }

        projects:
          gst: { title: GStreamer, description: Media framework, url: https://example.org/gst }

        codebases:
          lib: { repository: https://example.org/libgst.git, branch: main, project: gst }
          pyg: { repository: https://example.org/pygst.git }

        changeSources:
          lib-poll: { type: git-poller, codebase: lib, branches: [main, 'release/*'], every: 30s }
          pyg-poll: { type: git-poller, codebase: pyg }

        schedulers:
          on-lib:
            type: single-branch
            changes: { codebase: lib, branch: main, files: ['src/**', '!docs/**'] }
            treeStable: 5s
            important: ['src/**']
            builders: [lib-linux]
            codebases: [lib]
            properties: { stage: edge }
            priority: 10
            reason: a commit to lib
          hourly: { type: periodic, every: 1h, builders: [pyg-linux], enabled: false }
          release:
            type: force
            label: Make a release
            builders: [lib-linux, pyg-linux]
            parameters:
              - { name: version, type: string, required: true, pattern: '^\d+\.\d+\.\d+$', label: Version }
              - { name: channel, type: choice, choices: [stable, beta], default: beta }
              - { name: dry-run, type: boolean, default: true }

        workers:
          attic:
            maxBuilds: 2
            tags: [linux, x64]
            properties: { cores: 8 }
            missingAfter: 1h
            availability:
              timeZone: Europe/Budapest
              windows: [ { days: mon-fri, from: '19:00', to: '07:00' }, { days: [sat, sun] } ]
              exceptions: [ { date: 2026-12-24, until: 2026-12-26, open: false }, { date: 2026-12-31, from: '12:00' } ]
              lastStart: open
              atClose: interrupt
          volunteer-*: { tags: volunteer }

        builders:
          lib-linux:
            project: gst
            description: libgst on Linux
            workers: { names: [attic], tags: [linux] }
            properties:
              prefix: { type: string, default: /usr }
              jobs: { type: int, default: 4 }
            env: { <<: *env, PREFIX: '${{ properties.prefix }}' }
            priority: 1
            collapse: never
            tags: [linux, release]
            keep: { builds: 500, days: 90, logs: 30d }
            steps:
              - git: { codebase: lib, mode: fresh, submodules: true, depth: 1, into: src }
              - name: configure
                run: ./configure --prefix=${{ properties.prefix }}
                timeout: 20m
                maxTime: 1h
              - run: [make, '-j${{ properties.jobs }}']
              - run: make check
                env: { DB: test }
                workdir: build
                exitCodes: { 0: success, 77: skipped }
                haltOnFailure: false
                if: ${{ properties.branch == 'main' && success() }}
              - set: { stage: '${{ steps.configure.result }}', sha: { run: git rev-parse HEAD }, count: 5 }
                alwaysRun: true
                timeout: never
              - run: |
                  echo ${{ properties.sha }}
                  echo "${{ sourceStamps.lib.revision }}"
                name: configure
          pyg-linux:
            steps:
              - git: { codebase: pyg }
        """;

    /// <summary>The least that builds something.</summary>
    public const string Small = """
        weir: 1
        codebases:
          lib: { repository: /srv/lib.git }
        schedulers:
          on-lib: { type: single-branch, changes: { codebase: lib, branch: main }, builders: [lib] }
        workers:
          attic: {}
        builders:
          lib:
            steps:
              - git: { codebase: lib }
              - run: make
        """;

    public static IReadOnlyList<ConfigurationPart> Part(string text, string name = "weir.yaml") => [new(name, text.Replace("\r\n", "\n", StringComparison.Ordinal))];
}
