using System.Net;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Cli.Ingest;

/// <summary>What <c>lstm ingest</c> was asked to do.</summary>
internal sealed record IngestOptions
{
    public required string Stream { get; init; }

    public required string Model { get; init; }

    /// <summary>A file, or - for standard input.</summary>
    public required string Input { get; init; }

    /// <summary>What standard input gives when the cursor says that some of it was consumed: true = the same bytes again, false = what
    /// comes next.</summary>
    public bool? SameStandardInput { get; init; }

    public bool Json { get; init; }

    public IReadOnlyList<string> Columns { get; init; } = [];

    public string? PositionColumn { get; init; }

    /// <summary>A file; absent = standard output.</summary>
    public string? Output { get; init; }

    /// <summary>Absent = no cursor: only for standard output.</summary>
    public string? Cursor { get; init; }

    public bool SkipInvalid { get; init; }

    /// <summary>Take over a stream that somebody else opened, where it stands.</summary>
    public bool Resume { get; init; }

    /// <summary>Answer the output even where the model has a head.</summary>
    public bool AnswerOutput { get; init; }

    /// <summary>When steps are answered; absent = as the stream was opened, durable for a new one.</summary>
    public StreamMode? Mode { get; init; }

    public string AnswerName => AnswerOutput ? "output" : "head";

    public IPEndPoint? Gateway { get; init; }

    public TimeSpan RetryFor { get; init; }
}
