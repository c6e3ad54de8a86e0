using System.Text;

namespace LstmOrleans.Demo.Reports;

/// <summary>Lines of cells in columns: the same text on a terminal, in a file and in a test.</summary>
internal sealed class TextTable
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a line; its first cell is text, the others are numbers and stand on the right.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    public IReadOnlyList<string> Lines()
    {
        int[] widths = [.. Enumerable.Range(0, _rows.Max(row => row.Length)).Select(column => _rows.Max(row => column < row.Length ? row[column].Length : 0))];
        return [.. _rows.Select(row =>
        {
            var line = new StringBuilder("  ");
            for (int column = 0; column < row.Length; column++)
                line.Append(column == 0 ? row[0].PadRight(widths[0]) : "  " + row[column].PadLeft(widths[column]));
            return line.ToString().TrimEnd();
        })];
    }
}
