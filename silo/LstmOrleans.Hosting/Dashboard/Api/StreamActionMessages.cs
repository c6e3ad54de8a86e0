namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary>An action on a stream.</summary>
internal sealed record StreamActionRequest
{
    public string? Key { get; init; }

    /// <summary>The life of the stream that was looked at, in hexadecimal.</summary>
    public string? Incarnation { get; init; }

    /// <summary>Where it was seen to stand; absent = wherever it stands.</summary>
    public long? Position { get; init; }

    /// <summary>Reset and fork: the new life's id, chosen once by the page, so that a click that is sent twice is done once.</summary>
    public string? NewIncarnation { get; init; }

    /// <summary>Fork: the new stream's key.</summary>
    public string? Target { get; init; }
}

/// <summary>What an action has left.</summary>
/// <param name="Key">The stream.</param>
/// <param name="Incarnation">Its incarnation.</param>
/// <param name="Position">Where it stands.</param>
internal sealed record StreamActionView(string Key, string Incarnation, long Position);
