using Spectre.Console;
using Spectre.Console.Rendering;

namespace LstmOrleans.Cli.Cluster;

/// <summary>Shows the processes of a cluster: a table that is kept up to date on a terminal, a line for each change elsewhere.</summary>
internal sealed class ClusterScreen
{
    private readonly bool _isTerminal;
    private readonly Dictionary<string, SiloView> _shown = [];
    private IReadOnlyList<SiloView> _views = [];
    private string _notes = "";

    public ClusterScreen(bool isTerminal) => _isTerminal = isTerminal;

    /// <summary>Runs work that calls <see cref="Update"/> as things change.</summary>
    public async Task ShowAsync(Func<Action, Task> work)
    {
        if (_isTerminal)
            await AnsiConsole.Live(Table()).AutoClear(false).StartAsync(live => work(() => live.UpdateTarget(Table()))).ConfigureAwait(false);
        else
            await work(WriteChanges).ConfigureAwait(false);
    }

    /// <summary>The processes as they are now; the caller then has them shown.</summary>
    public void Update(IReadOnlyList<SiloView> views) => _views = views;

    /// <summary>What stands below the table; told once elsewhere.</summary>
    public void Note(string text)
    {
        _notes = text;
        if (!_isTerminal)
            Console.WriteLine(text);
    }

    private IRenderable Table()
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("", "pid", "address", "ports", "state");
        foreach (var view in _views)
        {
            string color = view.IsReady ? "green" : view.State.StartsWith("starting", StringComparison.Ordinal) ? "yellow" : "red";
            table.AddRow(new Text(view.Name), new Text(view.ProcessId == 0 ? "" : $"{view.ProcessId}"), new Text(view.Address), new Text(view.Ports), new Text(view.State, Style.Parse(color)));
        }

        return _notes.Length == 0 ? table : new Spectre.Console.Rows(table, new Text(_notes));
    }

    private void WriteChanges()
    {
        foreach (var view in _views.Where(view => view.ProcessId != 0 && _shown.GetValueOrDefault(view.Name) != view))
        {
            _shown[view.Name] = view;
            Console.WriteLine($"{view.Name}  pid {view.ProcessId}  {view.Address}  {view.Ports}  {view.State}");
        }
    }
}
