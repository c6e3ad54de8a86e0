using System.CommandLine;

namespace LstmOrleans.Cli.Commands;

/// <summary>A command whose help ends with text of its own: what it promises, and examples.</summary>
internal sealed class DocumentedCommand : Command
{
    public DocumentedCommand(string name, string description, string notes)
        : base(name, description) => Notes = notes;

    public string Notes { get; }
}
