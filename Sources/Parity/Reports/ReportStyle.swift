/// The look of the report: one style sheet, light and dark, wide and narrow, nothing from outside.
enum ReportStyle {
    static let css = """
        :root {
          color-scheme: light dark;
          --paper: #ffffff; --card: #f6f7f9; --ink: #1b1f24; --soft: #5b6570; --line: #d9dee4;
          --good: #14713d; --good-paper: #e5f4ea; --bad: #b3261e; --bad-paper: #fdeceb; --bar: #4c7fc4; --tick: #1b1f24;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #14171b; --card: #1d2127; --ink: #e7eaee; --soft: #9aa5b1; --line: #343b44;
            --good: #6fd598; --good-paper: #15301f; --bad: #ff9a92; --bad-paper: #3b1a18; --bar: #6c9fe3; --tick: #e7eaee;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; padding: 1.5rem 1rem 3rem; background: var(--paper); color: var(--ink);
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          font-variant-numeric: tabular-nums;
        }
        main { max-width: 62rem; margin: 0 auto; }
        h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
        p { margin: .4rem 0; max-width: 46rem; }
        .soft { color: var(--soft); font-size: .9rem; }
        .verdict { border-radius: .75rem; padding: 1.25rem 1.5rem; border: 1px solid; }
        .verdict.equal { background: var(--good-paper); border-color: var(--good); }
        .verdict.different { background: var(--bad-paper); border-color: var(--bad); }
        .verdict .mark { font-size: 1.9rem; font-weight: 700; line-height: 1.2; margin: 0; }
        .equal .mark, .word.good { color: var(--good); }
        .different .mark, .word.bad { color: var(--bad); }
        .verdict h1 { font-size: 1.15rem; font-weight: 500; margin: .25rem 0 0; overflow-wrap: anywhere; }
        .verdict ul { margin: .75rem 0 0; padding-left: 1.2rem; }
        .verdict li { overflow-wrap: anywhere; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: .75rem; margin: 1rem 0 0; }
        .tile { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem .9rem; }
        .tile b { display: block; font-size: 1.3rem; line-height: 1.3; overflow-wrap: anywhere; }
        .tile span { color: var(--soft); font-size: .85rem; display: block; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .92rem; }
        th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
        th { color: var(--soft); font-weight: 500; font-size: .82rem; vertical-align: bottom; }
        th.text, td.text { text-align: left; }
        td.name { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 9rem; }
        td.name small { color: var(--soft); display: block; }
        td.bar { width: 30%; min-width: 6.5rem; }
        tr.first { background: var(--bad-paper); }
        .word { font-weight: 600; }
        .track { position: relative; display: block; height: .8rem; background: var(--card); border-radius: .2rem; }
        .track i { position: absolute; inset: 0 auto 0 0; background: var(--bar); border-radius: .2rem; min-width: 2px; }
        .track i.bad { background: var(--bad); }
        .track u { position: absolute; top: -.15rem; bottom: -.15rem; width: 2px; background: var(--tick); }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem 2.5rem; }
        .charts h3 { font-size: 1rem; margin: .5rem 0; }
        .charts td, .charts th { border: 0; padding: .12rem .4rem; }
        .charts td.bar { width: 55%; }
        .digits { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .75rem; margin-top: .75rem; }
        .digits figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem; }
        .digits img { width: 84px; height: 84px; object-fit: contain; image-rendering: pixelated; display: block; background: #000; }
        .digits figcaption { font-size: .85rem; margin-top: .5rem; }
        .digits figcaption strong { display: block; }
        dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .25rem 1.25rem; margin: .5rem 0; font-size: .92rem; }
        dt { color: var(--soft); }
        dd { margin: 0; overflow-wrap: anywhere; }
        pre { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .9rem; margin: .5rem 0; }
        @media (max-width: 36rem) {
          body { padding: 1rem .75rem 2rem; }
          .verdict { padding: 1rem; }
          .tiles { grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); }
          .tile b { font-size: 1.1rem; }
          td.bar { min-width: 4.5rem; }
          th, td { padding: .35rem .4rem; }
        }
        @media print { body { padding: 0; } .tile, .verdict, figure { break-inside: avoid; } }
        """
}
