using Microsoft.Extensions.Options;

namespace LstmOrleans.Silo.Streams;

/// <summary>The window of kept answers given to streams at open. Configuration section <c>Lstm:Streams</c>.</summary>
public sealed class StreamWindowOptions
{
    /// <summary>W: most unconfirmed answers, and most inputs in one call.</summary>
    public int WindowAnswers { get; set; } = 256;

    /// <summary>Most bytes of unconfirmed answers.</summary>
    public int WindowBytes { get; set; } = 64 * 1024;
}

internal sealed class StreamWindowOptionsValidator : IValidateOptions<StreamWindowOptions>
{
    public ValidateOptionsResult Validate(string? name, StreamWindowOptions options)
    {
        if (options.WindowAnswers is < 1 or > 65_536)
            return ValidateOptionsResult.Fail($"Lstm:Streams:WindowAnswers is {options.WindowAnswers}; it must be from 1 to 65536.");
        if (options.WindowBytes is < 4 or > 16 * 1024 * 1024)
            return ValidateOptionsResult.Fail($"Lstm:Streams:WindowBytes is {options.WindowBytes}; it must be from 4 to 16777216.");
        return ValidateOptionsResult.Success;
    }
}
