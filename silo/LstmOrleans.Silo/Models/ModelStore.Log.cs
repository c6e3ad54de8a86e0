using LstmOrleans.Numerics.ModelFile;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Silo.Models;

public sealed partial class ModelStore
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Model {Model}: {Warning}")]
    private partial void LogWarningOf(ModelHash model, string warning);
}
